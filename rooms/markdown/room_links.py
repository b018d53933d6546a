"""Room names in a text, each after a #."""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import islice

# Not inside a word or URL, and not after another #.
NAMED_ROOM = re.compile(
    r"(?<![A-Za-z0-9_#/&\u00c0-\u024f])#(?P<name>[A-Za-z0-9._-]{1,64})(?![A-Za-z0-9_\u00c0-\u024f-])"
)
AT_END = "._-"  # a name can end with these, though they usually belong to the sentence
MAX_ROOMS = 50  # per text


def room_names_in(content: str) -> set[str]:
    """Return the names of rooms that a message may link to. Not all of them need to exist."""
    if "#" not in content:
        return set()
    matches = islice(NAMED_ROOM.finditer(content), MAX_ROOMS)
    return {form for match in matches for form in _forms(match["name"])}


def room_link(match: re.Match[str], rooms: Collection[str]) -> str | None:
    """Return the link for a match of `NAMED_ROOM` in HTML, with the text after the name, or None for other names."""
    written = match["name"]
    for name in _forms(written):
        if name in rooms:
            shown, rest = written[: len(name)], written[len(name) :]
            return f'<a class="room-link" href="/rooms/{name}/">#{shown}</a>{rest}'
    return None


def _forms(written: str) -> list[str]:
    lower = written.lower()
    return list(dict.fromkeys([lower, lower.rstrip(AT_END)]))
