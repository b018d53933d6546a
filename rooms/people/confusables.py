"""Which names look alike, by Unicode's tables of confusable characters and of scripts (UTS #39)."""

from __future__ import annotations

import unicodedata
from functools import cache
from hashlib import sha256

from confusable_homoglyphs import categories
from confusable_homoglyphs.utils import load

from rooms.people.names import name_key

# "Highly restrictive": one script, or those that Japanese, Chinese and Korean are written in, each with Latin.
# https://www.unicode.org/reports/tr39/#Restriction_Level_Detection
WRITTEN_TOGETHER = (
    {"LATIN", "HAN", "HIRAGANA", "KATAKANA"},
    {"LATIN", "HAN", "BOPOMOFO"},
    {"LATIN", "HAN", "HANGUL"},
)
OF_NO_SCRIPT = {"COMMON", "INHERITED"}


def looks(name: str) -> tuple[str, str]:
    """Digests of how a name looks in small letters and in capitals. Of look-alikes one or both are the same.

    Names of ASCII alone, like `barn` and `bam`, are told apart by their readers all the same: see `are_confusable`.
    """
    key = name_key(name)
    return _digest(_skeleton(key)), _digest(_skeleton(key.upper()))


def are_confusable(one: str, other: str) -> bool:
    """Whether people take one of these names for the other: they are the same, or look the same beyond ASCII."""
    one, other = name_key(one), name_key(other)
    if one == other:
        return True
    if one.isascii() and other.isascii():
        return False
    return any(mine == theirs for mine, theirs in zip(looks(one), looks(other), strict=True))


def mixes_scripts(name: str) -> bool:
    """Whether a name mixes scripts that no language mixes, as a Cyrillic letter among Latin ones."""
    scripts = categories.unique_aliases(name) - OF_NO_SCRIPT
    return len(scripts) > 1 and not any(scripts <= together for together in WRITTEN_TOGETHER)


def _skeleton(text: str) -> str:
    """https://www.unicode.org/reports/tr39/#def-skeleton, without case."""
    decomposed = unicodedata.normalize("NFD", text).translate(_prototypes())
    return name_key(unicodedata.normalize("NFD", decomposed))


def _digest(skeleton: str) -> str:
    return sha256(skeleton.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _prototypes() -> dict[int, str]:
    """What stands for each confusable character. The library lists pairs; a prototype is what several look like."""
    # Read here: its module `confusables` keeps the pairs, which are ten times as large.
    pairs = {sign: [pair["c"] for pair in found] for sign, found in load("confusables.json").items()}
    prototypes = {}
    for sign, (other, *more) in pairs.items():
        of_several = len(pairs.get(other, ())) > 1 or (-len(other), other) < (-len(sign), sign)
        if len(sign) == 1 and not more and of_several:
            prototypes[ord(sign)] = other
    return prototypes
