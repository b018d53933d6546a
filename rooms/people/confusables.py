"""Names that look alike, by Unicode's tables of confusable characters and scripts (UTS #39)."""

from __future__ import annotations

import unicodedata
from functools import cache
from hashlib import sha256

from confusable_homoglyphs import categories
from confusable_homoglyphs.utils import load

from rooms.people.names import name_key

# "Highly restrictive": one script, or Latin with the scripts of Japanese, Chinese or Korean.
# https://www.unicode.org/reports/tr39/#Restriction_Level_Detection
SCRIPTS_USED_TOGETHER = (
    {"LATIN", "HAN", "HIRAGANA", "KATAKANA"},
    {"LATIN", "HAN", "BOPOMOFO"},
    {"LATIN", "HAN", "HANGUL"},
)
SCRIPT_NEUTRAL = {"COMMON", "INHERITED"}


def appearance_digests(name: str) -> tuple[str, str]:
    """Return digests of how a name looks in lower and upper case. Names that look alike share one or both.

    Names in ASCII, such as `barn` and `bam`, count as distinguishable: see `are_confusable`.
    """
    key = name_key(name)
    return _digest(_skeleton(key)), _digest(_skeleton(key.upper()))


def are_confusable(one: str, other: str) -> bool:
    """Return whether the names are equal, or look alike and are not both ASCII."""
    one, other = name_key(one), name_key(other)
    if one == other:
        return True
    if one.isascii() and other.isascii():
        return False
    return any(a == b for a, b in zip(appearance_digests(one), appearance_digests(other), strict=True))


def mixes_scripts(name: str) -> bool:
    """Return whether a name mixes scripts that no language mixes, such as a Cyrillic letter among Latin ones."""
    scripts = categories.unique_aliases(name) - SCRIPT_NEUTRAL
    return len(scripts) > 1 and not any(scripts <= together for together in SCRIPTS_USED_TOGETHER)


def _skeleton(text: str) -> str:
    """Return the case-insensitive skeleton: https://www.unicode.org/reports/tr39/#def-skeleton."""
    decomposed = unicodedata.normalize("NFD", text).translate(_prototypes())
    return name_key(unicodedata.normalize("NFD", decomposed))


def _digest(skeleton: str) -> str:
    return sha256(skeleton.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _prototypes() -> dict[int, str]:
    """Return the prototype of each confusable character.

    The library lists pairs; a prototype is what several look like.
    """
    # Loaded here because its module `confusables` keeps the pairs in memory, which are ten times as large.
    pairs = {char: [pair["c"] for pair in found] for char, found in load("confusables.json").items()}
    prototypes = {}
    for char, (other, *more) in pairs.items():
        is_prototype = len(pairs.get(other, ())) > 1 or (-len(other), other) < (-len(char), char)
        if len(char) == 1 and not more and is_prototype:
            prototypes[ord(char)] = other
    return prototypes
