"""The emoji people can write by name, from the library's table."""

from __future__ import annotations

import re
from functools import cache

import emoji

MOST_ALONE = 3  # emoji by themselves are shown large
LONGEST_EMOJI_ONLY = 120  # characters; an emoji has up to ten, its name up to sixty

Names = list[str]
ONE_NAMED = re.compile(r":([^\s:<>&]{1,80}):")
# One or several, not within a word or a time.
NAMED = re.compile(rf"(?<![A-Za-z0-9:])(?:{ONE_NAMED.pattern.replace('(', '(?:')})+(?![A-Za-z0-9:])")
LETTER = re.compile("[A-Za-z]")
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
    """The text on one line if it consists of one to three emoji and nothing else, else None. In their full form."""
    if len(text) > LONGEST_EMOJI_ONLY or (text.isascii() and ":" not in text):
        return None
    text = text.strip()
    if text[:1] == ":":
        text = with_emoji(text)
    # Spares most texts the search. Emoji of keycaps begin with a digit, as many sentences do.
    if text[:1] not in _first_characters() or text.isascii() or LETTER.search(text):
        return None
    words = text.replace(PRESENTATION, "").split()
    found = [[qualified_emoji(each["emoji"]) for each in emoji.emoji_list(word)] for word in words]
    there = ["".join(each["emoji"] for each in emoji.emoji_list(word)) for word in words]
    every = [each for several in found for each in several]
    if there != words or len(every) > MOST_ALONE or None in every:
        return None
    return " ".join("".join(each or "" for each in several) for several in found)


def names_emoji(text: str) -> bool:
    """Whether there may be a name of an emoji in it."""
    return text.count(":") > 1 and NAMED.search(text) is not None


def with_emoji(text: str) -> str:
    """The text with an emoji for each of its names between colons: `:rocket:`. Other names, and times, stay."""
    return NAMED.sub(_emoji_named, text)


def _emoji_named(match: re.Match[str]) -> str:
    return ONE_NAMED.sub(lambda one: _by_name().get(one[1].lower(), one[0]), match[0])


@cache
def _by_name() -> dict[str, str]:
    return {name: character for character, *names in reversed(emoji_names()) for name in names}


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
