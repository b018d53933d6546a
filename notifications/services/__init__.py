"""Writes. Nothing else writes, and nothing else announces."""
