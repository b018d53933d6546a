"""Splits texts into words for search, in any language and in code.

A text has a sequence of plain words, in which phrases are looked for, and further words without a place:

- Letters and digits form plain words; any other character separates them. `foo_bar` has two.
- Languages that don't separate words by spaces have pairs of characters as plain words, each overlapping the next, and
  single characters as further words. So any two characters that follow each other are found.
- An emoji is a plain word.
- What is written together, like `foo_bar`, `c++`, `--flag` or `it's`, is a further word as a whole. So are the parts of
  `camelCase`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

MAX_WORD = 64  # characters; longer words, mostly data, are cut
VARIATION_SELECTOR = "\ufe0f"
SKIN_TONES = re.compile("[\U0001f3fb-\U0001f3ff]")
# Han, Kana, Bopomofo, Hangul, Thai, Lao, Tibetan, Myanmar, Khmer
UNSPACED = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3041-\u30ff"
    "\u3105-\u312f\u3131-\u318e\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
LETTERS = "\\w\u0300-\u036f"
SPACED_WORD = rf"(?:(?![{UNSPACED}_])[{LETTERS}])+"
PLAIN = re.compile(rf"[{UNSPACED}]+|{SPACED_WORD}")
UNSPACED_RUN = re.compile(f"[{UNSPACED}]+")
DECORATED = re.compile(rf"([-#@$%.]*)({SPACED_WORD})([+#%]*)")
CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# Around words in sentences and in Markdown; what begins an option, a channel or a name stays.
OUTER_START, OUTER_END = "\"'`*_~([{<>|,;:!?.=/\\“”‘’«»„", "\"'`*_~)]}<>|,;:!?.=/\\“”‘’«»-"


class Words(NamedTuple):
    """The words of a text: the plain ones in their order, and further ones, each once."""

    plain: list[str]
    further: list[str]


def words_of(text: str) -> Words:
    """Return the words of a text."""
    plain: list[str] = []
    further: dict[str, None] = {}
    for piece in _pieces(text):
        if piece.isalnum() and piece.islower() and piece.isascii():  # the usual case
            plain.append(piece[:MAX_WORD])
            continue
        found, parts = _words_of_piece(piece) if len(piece) <= MAX_WORD else _words_of_piece.__wrapped__(piece)
        plain += found
        if parts:
            further.update(dict.fromkeys(parts))
    if not further:
        return Words(plain, [])
    seen = set(plain)
    return Words(plain, [word for word in further if word not in seen])


def _pieces(text: str) -> list[str]:
    """Split a text at white space and around emoji."""
    if text.isascii():
        return text.split()
    from emoji import analyze  # its table is large, and many texts are in ASCII

    text = unicodedata.normalize("NFKC", text)
    pieces: list[str] = []
    rest = ""
    for token in analyze(text, non_emoji=True):
        if isinstance(token.value, str):
            rest += token.value
        else:
            pieces += rest.split()
            pieces.append(token.chars)
            rest = ""
    return pieces + rest.split()


@lru_cache(maxsize=4096)  # pieces repeat: most are words with a capital letter or a comma
def _words_of_piece(piece: str) -> Words:
    plain: list[str] = []
    further: dict[str, None] = {}
    _add_piece(piece, plain, further)
    return Words(plain, list(further))


def _add_piece(piece: str, plain: list[str], further: dict[str, None]) -> None:
    folded = piece.casefold()
    found = PLAIN.findall(folded)
    if not found:
        _add_symbols(folded, plain, further)
        return
    for word in found:
        if UNSPACED_RUN.fullmatch(word):
            plain += [word[at : at + 2] for at in range(len(word) - 1)] or [word]
            further.update(dict.fromkeys(word if len(word) > 1 else ""))
        else:
            plain.append(word[:MAX_WORD])
    for before, word, after in DECORATED.findall(folded):
        if before or after:
            _add_further(f"{before.lstrip('.') if len(before) == 1 else before}{word}{after}", further)
    if len(found) > 1:
        _add_further(whole_of(folded), further)
    if piece.isascii() and not piece.islower() and len(parts := CAMEL.findall(piece)) > 1:
        further.update(dict.fromkeys(part.lower() for part in parts))


def whole_of(folded: str) -> str:
    """Return a piece of text without the punctuation of the sentence around it."""
    return folded.lstrip(OUTER_START).rstrip(OUTER_END)


def _add_further(word: str, further: dict[str, None]) -> None:
    if len(word) <= MAX_WORD:
        further[word] = None


def _add_symbols(piece: str, plain: list[str], further: dict[str, None]) -> None:
    """Add an emoji: without its variation selectors, and also without its skin tone."""
    symbol = piece.replace(VARIATION_SELECTOR, "")
    if (
        symbol
        and not symbol.isascii()
        and not all(unicodedata.category(one).startswith(("P", "Z", "C")) for one in symbol)
    ):
        plain.append(symbol[:MAX_WORD])
        if (base := SKIN_TONES.sub("", symbol)) and base != symbol:
            further[base] = None
