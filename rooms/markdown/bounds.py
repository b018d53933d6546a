"""Bounds on rendered messages: the cost to render, store and show a message is limited by what was typed."""

from __future__ import annotations

import re
from html import escape

from rooms.people.names import INVISIBLE

MAX_HTML = 64_000  # characters; the longest message of ordinary text and links is well below
ADDED = 40  # maximum number of characters that the sanitiser adds to a link or a checkbox
MAX_TABLE_CELLS = 1000  # the renderer pads rows to the width of their table, so short rows can produce many cells
MAX_DEPTH = 20  # nested elements: quotes, lists, emphasis
# The characters of a delimiter row below a table's head, including quote and list marks before it.
DELIMITER_ROW = " \t>*+-:|0123456789.)"
CELLS = re.compile(r"\s*\|?(.*?)\|?\s*$", re.DOTALL)
NOT_SEPARATING = re.compile(r"\\.")
# Text with a visible character.
VISIBLE = re.compile(f"(?:^|>)[^<]*?[^\\s<{INVISIBLE}]")
CONTAINER = re.compile(r"<(/?)(?:blockquote|ul|ol|em|strong|del)\b")


def tables_within_bounds(content: str) -> bool:
    """Return whether any tables in a text stay small and show all of their content."""
    if "-" not in content:
        return True
    lines = content.split("\n")
    widths = [_cells(line) if "-" in line and not line.strip(DELIMITER_ROW) else 0 for line in lines]
    if max(widths) * len(lines) > MAX_TABLE_CELLS:
        return False
    columns = 0
    for line, width in zip(lines, widths, strict=True):
        columns = width or (columns if line.strip() else 0)
        if columns and _cells(line) > columns:  # the renderer drops extra cells
            return False
    return True


def _cells(row: str) -> int:
    inner = CELLS.match(NOT_SEPARATING.sub("", row))
    assert inner is not None
    return inner[1].count("|") + 1


def is_within_bounds(html: str) -> bool:
    """Return whether rendered HTML is neither too long nor nested too deeply. Cheaper than sanitising it."""
    if len(html) * 3 > MAX_HTML and len(html) + ADDED * (html.count("<a ") + html.count("<input ")) > MAX_HTML:
        return False
    if html.count("<") <= 2 * MAX_DEPTH:  # each element also has an end tag
        return True
    depth = 0
    for match in CONTAINER.finditer(html):
        depth += -1 if match[1] else 1
        if depth > MAX_DEPTH:
            return False
    return True


def is_visible(html: str) -> bool:
    """Return whether the HTML has a visible character."""
    return VISIBLE.search(html) is not None


def as_typed(content: str) -> str:
    """Return a text as HTML that only preserves its line breaks. It is at most five times as long."""
    return f"<p>{escape(content, quote=False).replace(chr(10), '<br>' + chr(10))}</p>"
