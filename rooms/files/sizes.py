"""How sizes of files are written for people."""

from __future__ import annotations

UNITS = ((10**3, "kB"), (10**6, "MB"), (10**9, "GB"))


def file_size(size: int) -> str:
    """Return a number of bytes as text, such as "12 kB" or "1.2 MB". static/js/file_size.js does the same."""
    if size < 1000:
        return f"{size} {'byte' if size == 1 else 'bytes'}"
    unit, name = next((each for each in UNITS if size < each[0] * 1000 - each[0] // 2), UNITS[-1])
    tenths = (size * 10 + unit // 2) // unit
    return f"{tenths // 10}.{tenths % 10} {name}" if tenths < 100 else f"{(size + unit // 2) // unit} {name}"
