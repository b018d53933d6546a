"""Emoji and their shortcodes, from the emoji library's table."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from typing import Any

MAX_LARGE_EMOJI = 3  # a message of only this many emoji shows them large
MAX_EMOJI_ONLY_LENGTH = 120  # characters; an emoji has up to ten, its shortcode up to sixty

Names = list[str]
ONE_NAMED = re.compile(r":([^\s:<>&]{1,80}):")
# One or several shortcodes, not inside a word or a time.
NAMED = re.compile(rf"(?<![A-Za-z0-9:])(?:{ONE_NAMED.pattern.replace('(', '(?:')})+(?![A-Za-z0-9:])")
LETTER = re.compile("[A-Za-z]")
PRESENTATION = "\ufe0f"  # variation selector that asks for the emoji form of a text character; often left out


@cache
def _library() -> Any:
    """Return the emoji library. Its table takes as long to load as all of this package; the first emoji does it."""
    return import_module("emoji")


def replace_emoji(text: str, replacement: str) -> str:
    """Replace each emoji in the text."""
    return text if text.isascii() else str(_library().replace_emoji(text, replacement))


@cache
def _qualified() -> dict[str, str]:
    fully_qualified = _library().STATUS["fully_qualified"]
    known = (character for character, data in _library().EMOJI_DATA.items() if data["status"] == fully_qualified)
    return {character.replace(PRESENTATION, ""): character for character in known}


def qualified_emoji(text: str) -> str | None:
    """Return one emoji in its fully qualified form, so that equal emoji are equal texts, or None for other texts."""
    return _qualified().get(text.replace(PRESENTATION, ""))


@cache
def _first_characters() -> frozenset[str]:
    return frozenset(character[0] for character in _library().EMOJI_DATA)


def only_emoji(text: str) -> str | None:
    """Return the text as fully qualified emoji if it has one to three emoji and nothing else, else None."""
    if len(text) > MAX_EMOJI_ONLY_LENGTH or (text.isascii() and ":" not in text):
        return None
    text = text.strip()
    if text[:1] == ":":
        text = replace_shortcodes(text)
    # Skips the search for most texts. Keycap emoji begin with a digit, as do many sentences.
    if text[:1] not in _first_characters() or text.isascii() or LETTER.search(text):
        return None
    words = text.replace(PRESENTATION, "").split()
    emoji_list = _library().emoji_list
    found = [[qualified_emoji(each["emoji"]) for each in emoji_list(word)] for word in words]
    emoji_in_words = ["".join(each["emoji"] for each in emoji_list(word)) for word in words]
    all_emoji = [each for group in found for each in group]
    if emoji_in_words != words or len(all_emoji) > MAX_LARGE_EMOJI or None in all_emoji:
        return None
    return " ".join("".join(each or "" for each in group) for group in found)


def may_contain_shortcodes(text: str) -> bool:
    """Return whether the text may contain a shortcode."""
    return text.count(":") > 1 and NAMED.search(text) is not None


def replace_shortcodes(text: str) -> str:
    """Replace shortcodes such as `:rocket:` by emoji. Unknown names, and times, stay unchanged."""
    return NAMED.sub(_emoji_named, text)


def _emoji_named(match: re.Match[str]) -> str:
    return ONE_NAMED.sub(lambda one: _by_name().get(one[1].lower(), one[0]), match[0])


@cache
def _by_name() -> dict[str, str]:
    return {name: character for character, *names in reversed(emoji_names()) for name in names}


@cache
def emoji_names() -> list[Names]:
    """Return each emoji with its shortcodes: `["👍", "thumbsup", "+1", "thumbs_up"]`.

    Skin tones are left out. Emoji that most devices support come first.
    """
    known = [
        (data["E"], character, data)
        for character, data in _library().EMOJI_DATA.items()
        if data["status"] == _library().STATUS["fully_qualified"] and "skin_tone" not in data["en"]
    ]
    known.sort(key=lambda entry: entry[:2])
    return [[character, *_names(data.get("alias", []), data["en"])] for _, character, data in known]


def _names(aliases: list[str], name: str) -> Names:
    return list(dict.fromkeys(each.strip(":").lower() for each in (*aliases, name)))
