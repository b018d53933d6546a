"""Parses what people type into the search box.

    words "a phrase" -without pre* from:@bob in:room before:2026-05-01 after: on:
    has:file has:link is:unread mentions:me

Each of these must hold. Names and dates are looked up by the caller; nothing here depends on the database.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from rooms.errors import InvalidField
from rooms.search.words import Words, whole_of, words_of

MAX_QUERY = 500  # characters
MAX_TERMS = 30
TOKEN = re.compile(
    r'(?P<minus>-?)(?:(?P<key>[a-z]+):(?P<value>"[^"]*"|[^\s"]+)|"(?P<phrase>[^"]*)"?|(?P<piece>[^\s"]+))',
    re.IGNORECASE,
)
KEYS = {"from", "in", "before", "after", "on", "has", "is", "mentions"}
HAS = {"file", "link"}
# Inside these, the day after, the day before, and midnight in every time zone exist. No message is outside.
FIRST_DAY, LAST_DAY = date(2, 1, 1), date(9998, 12, 31)


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that the text must contain: any of `alternatives`, each a sequence of plain words or one word.

    `prefix` says that the last word may go on.
    """

    alternatives: tuple[tuple[str, ...], ...]
    prefix: bool = False
    without: bool = False


@dataclass(slots=True)
class Query:
    """What somebody searches for."""

    terms: list[Term] = field(default_factory=list)
    authors: list[str] = field(default_factory=list)  # user names; one of them
    rooms: list[str] = field(default_factory=list)  # names; one of them
    has: set[str] = field(default_factory=set)
    before: date | None = None  # days in the reader's time zone: the day itself is not included
    after: date | None = None
    unread: bool = False
    mentions_me: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing is asked for."""
        return self == Query()

    @property
    def has_words(self) -> bool:
        """Whether there is something in the text or of the message itself to look for."""
        return bool(self.has or self.authors or any(not term.without for term in self.terms))

    @property
    def narrowed_only(self) -> bool:
        """Whether all that is said is what a message must not contain."""
        limits = (self.rooms, self.before, self.after, self.unread, self.mentions_me)
        return not self.has_words and not any(limits)


def parse_query(text: str) -> Query:
    """Parse a query. Raises InvalidField with a sentence for what can't be understood."""
    if len(text) > MAX_QUERY:
        raise InvalidField(
            ngettext_lazy("Use at most %(maximum)d character.", "Use at most %(maximum)d characters.", "maximum"),
            {"maximum": MAX_QUERY},
            field="q",
        )
    if "\0" in text:
        raise InvalidField(_("Contains a character that can't be searched for."), field="q")
    query = Query()
    for found in TOKEN.finditer(text):
        key = (found["key"] or "").lower()
        without = bool(found["minus"])
        if key in KEYS:
            if without:
                sentence = _("-%(key)s: can't be used; only words and phrases can be excluded.")
                raise InvalidField(sentence, {"key": key}, field="q")
            _add_filter(query, key, found["value"].strip('"').strip())
        elif found["phrase"] is not None:
            _add_phrase(query, found["phrase"], without=without)
        else:
            piece = found["piece"] or f"{found['key']}:{found['value']}"
            _check_not_unfinished(piece)
            if without and piece.startswith("-"):  # an option of a command, like --help
                piece, without = f"-{piece}", False
            _add_piece(query, piece, without=without)
    if len(query.terms) > MAX_TERMS:
        raise InvalidField(
            ngettext_lazy("Use at most %(maximum)d word.", "Use at most %(maximum)d words.", "maximum"),
            {"maximum": MAX_TERMS},
            field="q",
        )
    return query


def _check_not_unfinished(piece: str) -> None:
    """Raise InvalidField for the name of a filter without a value, as in `from: bob`."""
    key = piece.removesuffix(":").lower()
    if key != piece.lower() and key in KEYS:
        sentence = _(
            "Write what to look for right after %(key)s:, without a space. To find the word itself, put it in quotes."
        )
        raise InvalidField(sentence, {"key": key}, field="q")


def _add_filter(query: Query, key: str, value: str) -> None:
    name, lower = value.removeprefix("@" if key == "from" else "#"), value.lower()
    if key in {"from", "in"} and not name:
        raise InvalidField(_("Write a name after %(key)s:."), {"key": key}, field="q")
    if key == "from":
        query.authors.append(name)
    elif key == "in":
        query.rooms.append(name.lower())
    elif key == "has" and lower in HAS:
        query.has.add(lower)
    elif key == "is" and lower == "unread":
        query.unread = True
    elif (key, lower) in {("mentions", "me"), ("mentions", "@me"), ("is", "mention")}:
        query.mentions_me = True
    elif key in {"before", "after", "on"}:
        _add_date(query, key, value)
    else:
        raise InvalidField(_("%(filter)s is not known."), {"filter": f"{key}:{value}"}, field="q")


def _add_date(query: Query, key: str, value: str) -> None:
    try:
        day = date.fromisoformat(value)
    except ValueError as error:
        raise InvalidField(_("Write the date after %(key)s: like 2026-05-01."), {"key": key}, field="q") from error
    day, one = min(max(day, FIRST_DAY), LAST_DAY), date.resolution
    if key in {"before", "on"}:
        end = day if key == "before" else day + one
        query.before = end if query.before is None else min(query.before, end)
    if key in {"after", "on"}:
        start = day if key == "after" else day - one
        query.after = start if query.after is None else max(query.after, start)


def _add_phrase(query: Query, phrase: str, *, without: bool) -> None:
    plain = words_of(phrase).plain
    if plain:
        query.terms.append(Term((tuple(plain),), without=without))
    else:
        _add_piece(query, phrase.strip(), without=without)


def _add_piece(query: Query, piece: str, *, without: bool) -> None:
    prefix = len(piece) > 1 and piece.endswith("*") and not piece.endswith("**")
    words = words_of(piece.removesuffix("*") if prefix else piece)
    alternatives = _alternatives(piece.removesuffix("*") if prefix else piece, words)
    if alternatives:
        query.terms.append(Term(alternatives, prefix=prefix, without=without))


def _alternatives(piece: str, words: Words) -> tuple[tuple[str, ...], ...]:
    """Return how a text can contain a piece: as a whole, or as its parts one after the other."""
    folded = whole_of(piece.casefold())
    whole = tuple((word,) for word in words.further if word == folded)
    if len(words.plain) > 1 or not whole:
        return (*whole, tuple(words.plain)) if words.plain else whole
    return whole  # decorated, like c++: not also c
