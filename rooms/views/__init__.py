"""The pages of rooms: each module one place, thin over selectors and services."""
