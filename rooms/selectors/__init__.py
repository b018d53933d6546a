"""Reads. Every page, endpoint and socket comes through here; what a caller may see is decided here."""
