"""The pages: one module for each, calling selectors and services."""
