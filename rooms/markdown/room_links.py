"""Names of rooms in a text, each after a #."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import islice

# Not within a word or an address, nor one of several signs.
NAMED_ROOM = re.compile(
    r"(?<![A-Za-z0-9_#/&\u00c0-\u024f])#(?P<name>[A-Za-z0-9._-]{1,64})(?![A-Za-z0-9_\u00c0-\u024f-])"
)
AT_END = "._-"  # that a name can end with, though they are rather of the sentence
MOST_ROOMS = 50  # to look for, of one text


def room_names_in(content: str) -> set[str]:
    """The names of rooms that a message may link to. Which of them are rooms, the database knows."""
    if "#" not in content:
        return set()
    matches = islice(NAMED_ROOM.finditer(content), MOST_ROOMS)
    return {form for match in matches for form in _forms(match["name"])}


def room_link(match: re.Match[str], rooms: Collection[str]) -> str | None:
    """The link for what `NAMED_ROOM` found in HTML, with what follows the name; None if there is no such room."""
    written = match["name"]
    for name in _forms(written):
        if name in rooms:
            shown, rest = written[: len(name)], written[len(name) :]
            return f'<a class="room-link" href="/rooms/{name}/">#{shown}</a>{rest}'
    return None


def _forms(written: str) -> list[str]:
    lower = written.lower()
    return list(dict.fromkeys([lower, lower.rstrip(AT_END)]))
