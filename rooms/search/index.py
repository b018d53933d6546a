"""The search index: an FTS5 table in SQLite, a table with a `tsvector` in PostgreSQL.

Both have the words of `words.py`, and marks: words that no text contains, by which a search is narrowed down.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import NamedTuple

from django.db import connection

from rooms.models import Message, SearchIndex
from rooms.search.tables import TABLE
from rooms.search.words import words_of

VERSION = 1  # of the words; an index of another version is made anew
MARK = "\ue000"  # a private character, which is no word in any text
LINK = re.compile(r"https?://", re.IGNORECASE)
MAX_POSITION = 16383  # PostgreSQL's limit


class Entry(NamedTuple):
    """What the index has of a message."""

    message_id: int
    plain: list[str]
    further: list[str]


def room_mark(room_id: int) -> str:
    """Return the mark of the messages in a room."""
    return f"{MARK}r{room_id}"


def author_mark(user_id: int) -> str:
    """Return the mark of the messages of an author."""
    return f"{MARK}a{user_id}"


def month_mark(year: int, month: int) -> str:
    """Return the mark of the messages of a month, in UTC."""
    return f"{MARK}m{year}-{month}"


FILE_MARK, LINK_MARK = f"{MARK}f", f"{MARK}l"


def entry_of(message: Message) -> Entry:
    """Return the entry of a message that is not deleted, with its files loaded: their names are found like its text."""
    files = message.loaded_attachments
    text = "\n".join([message.content, *(one.name for one in files)]) if files else message.content
    words = words_of(text)
    marks = [room_mark(message.room_id), month_mark(message.created_at.year, message.created_at.month)]
    if message.author_id is not None:
        marks.append(author_mark(message.author_id))
    if files:
        marks.append(FILE_MARK)
    if "://" in message.content and LINK.search(message.content):
        marks.append(LINK_MARK)
    return Entry(message.pk, words.plain, [*words.further, *marks])


def add_entries(entries: Collection[Entry], *, replace: bool = False) -> None:
    """Add entries of messages. In PostgreSQL, one that is there already stays as it is unless `replace` is set."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(
                f"INSERT INTO {TABLE} (rowid, plain, further) VALUES (%s, %s, %s)",
                [(one.message_id, " ".join(one.plain), " ".join(one.further)) for one in entries],
            )
            return
        conflict = "UPDATE SET words = excluded.words" if replace else "NOTHING"
        cursor.execute(
            f"INSERT INTO {TABLE} (message_id, words) SELECT * FROM unnest(%s::bigint[], %s::text[]::tsvector[])"
            f" ON CONFLICT (message_id) DO {conflict}",
            [[one.message_id for one in entries], [tsvector(one) for one in entries]],
        )


def replace_entry(before: Entry, after: Entry | None) -> None:
    """Replace the entry of a message, or remove it if `after` is None.

    SQLite's index has no texts: it needs the words exactly as they were added to find what it is to remove.
    """
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            if not _is_indexed(before.message_id):
                return  # it will be added later, as it is then
            cursor.execute(
                f"INSERT INTO {TABLE} ({TABLE}, rowid, plain, further) VALUES ('delete', %s, %s, %s)",
                [before.message_id, " ".join(before.plain), " ".join(before.further)],
            )
        elif after is None:
            cursor.execute(f"DELETE FROM {TABLE} WHERE message_id = %s", [before.message_id])
    if after is not None:
        add_entries([after], replace=True)


def _is_indexed(message_id: int) -> bool:
    return SearchIndex.objects.filter(version=VERSION, indexed_from__lte=message_id).exists()


def tsvector(entry: Entry) -> str:
    """Return an entry as the text of a `tsvector`.

    Plain words have their places, with the weight A. Further words have no place, but PostgreSQL finds no phrase with a
    prefix if one of the words that begin like this has none: they are all at 1, with another weight.
    """
    places: dict[str, list[int]] = {}
    for place, word in enumerate(entry.plain, start=1):
        places.setdefault(word, []).append(min(place, MAX_POSITION))
    plain = [f"{quoted(word)}:{'A,'.join(map(str, found[:255]))}A" for word, found in places.items()]
    return " ".join([*plain, *(f"{quoted(word)}:1" for word in entry.further)])


def quoted(word: str) -> str:
    """Return a word as a literal in a `tsvector` or `tsquery`."""
    word = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{word}'"
