"""The emoji people can write by name, from the library's table."""

from __future__ import annotations

from functools import cache

import emoji

Names = list[str]


@cache
def emoji_names() -> list[Names]:
    """Each emoji with its names: `["👍", "thumbsup", "+1", "thumbs_up"]`.

    Without skin tones; those that most devices know come first.
    """
    known = [
        (facts["E"], character, facts)
        for character, facts in emoji.EMOJI_DATA.items()
        if facts["status"] == emoji.STATUS["fully_qualified"] and "skin_tone" not in facts["en"]
    ]
    known.sort(key=lambda entry: entry[:2])
    return [[character, *_names(facts.get("alias", []), facts["en"])] for _, character, facts in known]


def _names(aliases: list[str], name: str) -> Names:
    return list(dict.fromkeys(each.strip(":").lower() for each in (*aliases, name)))
