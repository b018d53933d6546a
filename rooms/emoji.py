"""The emoji people can write by name, from the library's table."""

from __future__ import annotations

from functools import cache

import emoji

MOST_ALONE = 3  # emoji by themselves are shown large
LONGEST_EMOJI_ONLY = 60  # characters; an emoji has up to ten

Names = list[str]
PRESENTATION = "\ufe0f"  # asks for the picture where a character is also a text sign; often left out


@cache
def _qualified() -> dict[str, str]:
    wanted = emoji.STATUS["fully_qualified"]
    known = (character for character, facts in emoji.EMOJI_DATA.items() if facts["status"] == wanted)
    return {character.replace(PRESENTATION, ""): character for character in known}


def qualified_emoji(text: str) -> str | None:
    """The one emoji that `text` is, in its full form, so that the same one is always the same text; None for others."""
    return _qualified().get(text.replace(PRESENTATION, ""))


@cache
def _first_characters() -> frozenset[str]:
    return frozenset(character[0] for character in emoji.EMOJI_DATA)


def only_emoji(text: str) -> str | None:
    """The text on one line if it consists of one to three emoji and nothing else, else None."""
    if text.isascii() or len(text) > LONGEST_EMOJI_ONLY:
        return None
    text = text.strip()
    if text[:1] not in _first_characters():  # spares most texts the search
        return None
    found = emoji.emoji_list(text)
    there = "".join(each["emoji"] for each in found)
    return " ".join(text.split()) if len(found) <= MOST_ALONE and there == "".join(text.split()) else None


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
