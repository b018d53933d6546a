"""How much a message may become: what it costs to render, to keep and to show is bounded by what was typed."""

from __future__ import annotations

import re
from html import escape

from rooms.people.names import INVISIBLE

MAX_HTML = 64_000  # characters; the longest message of ordinary prose and links stays well below
ADDED = 40  # characters, at most, by which the sanitiser makes a link or a box to tick longer
MAX_TABLE_CELLS = 1000  # the renderer fills rows up to the width of their table, so that short rows make many
MAX_DEPTH = 20  # elements within one another: quotes, lists, emphasis
# All that a line of dashes under the head of a table can consist of, with what quotes and lists put before it.
DELIMITER_ROW = " \t>*+-:|0123456789.)"
CELLS = re.compile(r"\s*\|?(.*?)\|?\s*$", re.DOTALL)
NOT_SEPARATING = re.compile(r"\\.")
# Text with something in it that can be seen.
VISIBLE = re.compile(f"(?:^|>)[^<]*?[^\\s<{INVISIBLE}]")
CONTAINER = re.compile(r"<(/?)(?:blockquote|ul|ol|em|strong|del)\b")


def may_hold_tables(content: str) -> bool:
    """Whether tables in a text stay small and show all that is in them, or there are none."""
    if "-" not in content:
        return True
    lines = content.split("\n")
    widths = [_cells(line) if "-" in line and not line.strip(DELIMITER_ROW) else 0 for line in lines]
    if max(widths) * len(lines) > MAX_TABLE_CELLS:
        return False
    columns = 0
    for line, width in zip(lines, widths, strict=True):
        columns = width or (columns if line.strip() else 0)
        if columns and _cells(line) > columns:  # the renderer leaves out what is beyond
            return False
    return True


def _cells(row: str) -> int:
    inner = CELLS.match(NOT_SEPARATING.sub("", row))
    assert inner is not None
    return inner[1].count("|") + 1


def is_within_bounds(html: str) -> bool:
    """Whether what the renderer made is neither too long nor too deep. Sanitising it takes longer."""
    if len(html) * 3 > MAX_HTML and len(html) + ADDED * (html.count("<a ") + html.count("<input ")) > MAX_HTML:
        return False
    if html.count("<") <= 2 * MAX_DEPTH:  # each has an end as well
        return True
    depth = 0
    for match in CONTAINER.finditer(html):
        depth += -1 if match[1] else 1
        if depth > MAX_DEPTH:
            return False
    return True


def shows_something(html: str) -> bool:
    """Whether there is anything to be seen in it."""
    return VISIBLE.search(html) is not None


def as_typed(content: str) -> str:
    """A text as HTML that shows it with its line breaks and nothing more. At most five times as long."""
    return f"<p>{escape(content, quote=False).replace(chr(10), '<br>' + chr(10))}</p>"
