"""Pages of rows that end at their limit or at a maximum size, whichever comes first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from django.conf import settings

Row = TypeVar("Row")


def fit_from_start(rows: Sequence[Row], size: Callable[[Row], int]) -> list[Row]:
    """Return as many rows from the start as fit into a page, at least one.

    `size` returns a row's bytes in a response.
    """
    left = settings.MAX_PAGE_BYTES
    for count, row in enumerate(rows):
        left -= size(row)
        if left < 0 and count:
            return list(rows[:count])
    return list(rows)


def fit_from_end(rows: Sequence[Row], size: Callable[[Row], int]) -> list[Row]:
    """Return as many rows from the end as fit into a page, in their original order."""
    return fit_from_start(rows[::-1], size)[::-1]


def fit_around(rows: Sequence[Row], middle: int, size: Callable[[Row], int]) -> list[Row]:
    """Return the row at index `middle`, with as many rows before and after it as fit into a page."""
    sizes = [size(row) for row in rows]
    first, last = middle, middle
    left = settings.MAX_PAGE_BYTES - sizes[middle]
    while first > 0 or last < len(rows) - 1:
        before = last == len(rows) - 1 or (first > 0 and middle - first <= last - middle)
        left -= sizes[first - 1 if before else last + 1]
        if left < 0:
            break
        first, last = (first - 1, last) if before else (first, last + 1)
    return list(rows[first : last + 1])
