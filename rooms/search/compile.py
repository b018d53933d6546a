"""Compiles a parsed query to the query languages of the two databases. Both find the same messages."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.utils.translation import gettext_lazy as _

from rooms.search.index import FILE_MARK, LINK_MARK, quoted
from rooms.search.query import Query, Term

NOTHING_WANTED = _("Write at least one word to search for; words to exclude come in addition.")


def marks_of(query: Query) -> list[str]:
    """Return the marks that every message must have."""
    return [mark for mark, key in ((FILE_MARK, "file"), (LINK_MARK, "link")) if key in query.has]


def fts5_query(query: Query, any_of: Sequence[Collection[str]]) -> str:
    """Return the query for FTS5. Of each collection in `any_of`, a message has one of the marks.

    There must be something that a message must contain: a term, a mark, or one of `any_of`.
    """
    wanted = [_fts5_term(term) for term in query.terms if not term.without]
    wanted += [_fts5_word(mark) for mark in marks_of(query)]
    wanted += [_fts5_any([_fts5_word(mark) for mark in marks]) for marks in any_of]
    expression = " AND ".join(wanted)
    for term in query.terms:
        if term.without:
            expression = f"({expression}) NOT {_fts5_term(term)}"
    return expression


def _fts5_term(term: Term) -> str:
    return _fts5_any([_fts5_words(words, prefix=term.prefix) for words in term.alternatives])


def _fts5_any(expressions: Sequence[str]) -> str:
    return f"({' OR '.join(expressions)})" if len(expressions) > 1 else expressions[0]


def _fts5_words(words: Sequence[str], *, prefix: bool) -> str:
    star = " *" if prefix else ""
    if len(words) == 1:
        return _fts5_word(words[0]) + star
    return f"plain : {_fts5_word(' '.join(words))}{star}"


def _fts5_word(text: str) -> str:
    text = text.replace('"', '""')
    return f'"{text}"'


def tsquery(query: Query, any_of: Sequence[Collection[str]]) -> str:
    """Return the query for PostgreSQL, as the text of a `tsquery`. See `fts5_query`."""
    wanted = [_ts_term(term) for term in query.terms if not term.without]
    wanted += [quoted(mark) for mark in marks_of(query)]
    wanted += [f"({' | '.join(map(quoted, marks))})" for marks in any_of]
    return " & ".join([*wanted, *(f"!{_ts_term(term)}" for term in query.terms if term.without)])


def _ts_term(term: Term) -> str:
    return f"({' | '.join(_ts_words(words, prefix=term.prefix) for words in term.alternatives)})"


def _ts_words(words: Sequence[str], *, prefix: bool) -> str:
    if len(words) == 1:
        return f"{quoted(words[0])}{':*' if prefix else ''}"
    *first, last = map(quoted, words)
    return f"({' <-> '.join([*(f'{word}:A' for word in first), f'{last}:A' + ('*' if prefix else '')])})"
