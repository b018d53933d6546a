"""Compares the search index with the messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db import connection

from rooms.models import Message, SearchIndex
from rooms.search.index import VERSION, Entry, entry_of, tsvector
from rooms.search.tables import TABLE
from rooms.selectors.attachments import load_attachments

BATCH = 500


class Checked(NamedTuple):
    """The result for some messages: how many there are, and the ids of those whose entry is missing or wrong."""

    checked: int
    wrong: list[int]


def check_index() -> Iterator[Checked]:
    """Compare the entries of all messages that are to be in the index, in batches, oldest first."""
    state = SearchIndex.objects.filter(version=VERSION).first()
    if state is None:
        return
    last = state.indexed_from - 1
    while messages := list(Message.objects.filter(pk__gt=last).order_by("pk")[:BATCH]):
        last = messages[-1].pk
        attachments = load_attachments([message.pk for message in messages])
        for message in messages:
            message.loaded_attachments = attachments.get(message.pk, ())
        wrong = [message.pk for message in messages if not _is_right(message)]
        yield Checked(len(messages), wrong)


def _is_right(message: Message) -> bool:
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            sql = f"SELECT words = %s::tsvector FROM {TABLE} WHERE message_id = %s"
            cursor.execute(sql, [_text(message), message.pk])
            row = cursor.fetchone()
            return row is None if message.deleted_at else row == (True,)
        entry = entry_of(message)
        words = [*dict.fromkeys(entry.plain), *entry.further]
        if message.deleted_at:  # its text is gone, but it would still have the marks
            return not _fts5_has(cursor, message.pk, entry.further[0])
        return all(_fts5_has(cursor, message.pk, word) for word in words)


def _fts5_has(cursor: Any, message_id: int, word: str) -> bool:
    quoted_word = word.replace('"', '""')
    cursor.execute(f"SELECT 1 FROM {TABLE} WHERE {TABLE} MATCH %s AND rowid = %s", [f'"{quoted_word}"', message_id])
    return cursor.fetchone() is not None


def _text(message: Message) -> str:
    return tsvector(entry_of(message)) if message.deleted_at is None else tsvector(Entry(message.pk, [], []))
