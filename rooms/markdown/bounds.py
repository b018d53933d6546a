"""How much a message may become: what it costs to render, to keep and to show is bounded by what was typed."""

from __future__ import annotations

import re
from html import escape

MAX_HTML = 64_000  # characters; the longest message of ordinary prose and links stays well below
ADDED = 40  # characters, at most, by which the sanitiser makes a link or a box to tick longer
MAX_TABLE_CELLS = 1000  # the renderer fills rows up to the width of their table, so that short rows make many
MAX_DEPTH = 20  # elements within one another: quotes, lists, emphasis
# All that a line of dashes under the head of a table can consist of, with what quotes and lists put before it.
DELIMITER_ROW = " \t>*+-:|0123456789.)"
CONTAINER = re.compile(r"<(/?)(?:blockquote|ul|ol|em|strong|del)\b")
CONTAINERS = ("<blockquote", "<ul", "<ol", "<em", "<strong", "<del")


def may_hold_tables(content: str) -> bool:
    """Whether tables in a text stay small, or there are none."""
    if "|" not in content or "-" not in content:
        return True
    lines = content.split("\n")
    columns = max((line.count("|") + 1 for line in lines if "-" in line and not line.strip(DELIMITER_ROW)), default=0)
    return columns * len(lines) <= MAX_TABLE_CELLS


def is_within_bounds(html: str) -> bool:
    """Whether what the renderer made is neither too long nor too deep. Sanitising it takes longer."""
    if len(html) + ADDED * (html.count("<a ") + html.count("<input ")) > MAX_HTML:
        return False
    if sum(map(html.count, CONTAINERS)) <= MAX_DEPTH:
        return True
    depth = 0
    for match in CONTAINER.finditer(html):
        depth += -1 if match[1] else 1
        if depth > MAX_DEPTH:
            return False
    return True


def as_typed(content: str) -> str:
    """A text as HTML that shows it with its line breaks and nothing more. At most five times as long."""
    return f"<p>{escape(content, quote=False).replace(chr(10), '<br>')}</p>"
