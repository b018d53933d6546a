"""The part of a message that a search found, with the words marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from rooms.markdown import plain_text
from rooms.models import Message
from rooms.search.query import Query
from rooms.search.words import UNSPACED_RUN

BEFORE, LENGTH = 60, 220  # characters before the first word found, and in all
BETWEEN = r"[\W_]{1,3}"  # what separates the words of a phrase


class Part(NamedTuple):
    """A piece of the excerpt."""

    text: str
    found: bool


def excerpt_of(message: Message, query: Query) -> list[Part]:
    """Return the text around the first words found, in pieces; all of it if it is short."""
    text = plain_text(message.html) or message.content
    text = " ".join([*text.split(), *(one.name for one in message.loaded_attachments)])
    pattern = _pattern(query)
    first = pattern.search(text) if pattern else None
    start = max(first.start() - BEFORE, 0) if first else 0
    if start:
        start = text.find(" ", start, first.start() if first else start) + 1 or start
    shown = text[start : start + LENGTH]
    parts = list(_split(shown, pattern)) if pattern else [Part(shown, found=False)]
    if start:
        parts.insert(0, Part("…", found=False))
    if start + LENGTH < len(text):
        parts.append(Part("…", found=False))
    return parts


def _split(text: str, pattern: re.Pattern[str]) -> Iterator[Part]:
    at = 0
    for match in pattern.finditer(text):
        if match.start() > at:
            yield Part(text[at : match.start()], found=False)
        yield Part(match[0], found=True)
        at = match.end()
    if at < len(text):
        yield Part(text[at:], found=False)


def _pattern(query: Query) -> re.Pattern[str] | None:
    wanted = [
        _words_pattern(words, prefix=term.prefix)
        for term in query.terms
        if not term.without
        for words in term.alternatives
    ]
    return re.compile("|".join(sorted(wanted, key=len, reverse=True)), re.IGNORECASE) if wanted else None


def _words_pattern(words: tuple[str, ...], *, prefix: bool) -> str:
    pattern = before = ""
    for word in words:
        if before and UNSPACED_RUN.fullmatch(before) and UNSPACED_RUN.fullmatch(word) and before[-1] == word[0]:
            pattern += re.escape(word[1:])  # pairs overlap
        else:
            pattern += (BETWEEN if before else "") + re.escape(word)
        before = word
    start = r"(?<!\w)" if words[0][0].isalnum() and not UNSPACED_RUN.match(words[0]) else ""
    end = r"(?!\w)" if before[-1].isalnum() and not UNSPACED_RUN.match(before) else ""
    return start + pattern + (r"\w*" if prefix else end)
