"""The table of the search index, which Django's models can't describe."""

from __future__ import annotations

from typing import Any

TABLE = "rooms_search"
# The words come separated by spaces; every other character belongs to one. FTS5 keeps none of the texts (`content=''`).
PUNCTUATION = "!\"\"#$%&''''()*+,-./:;<=>?@[\\]^_`{|}~"
SQLITE = (
    f"CREATE VIRTUAL TABLE {TABLE} USING fts5(plain, further, content='', columnsize=0,"
    f""" tokenize="ascii tokenchars '{PUNCTUATION}'")"""
)
POSTGRESQL = (
    # Without a foreign key: Django's `flush` could not empty the messages, because it does not know this table.
    f"CREATE TABLE {TABLE} (message_id bigint PRIMARY KEY, words tsvector NOT NULL)",
    # Without a pending list, which the next search would have to read through.
    f"CREATE INDEX {TABLE}_words ON {TABLE} USING gin (words) WITH (fastupdate = off)",
)


def create_table(connection: Any) -> None:
    """Create the table of the index."""
    with connection.cursor() as cursor:
        for statement in [SQLITE] if connection.vendor == "sqlite" else POSTGRESQL:
            cursor.execute(statement)


def drop_table(connection: Any) -> None:
    """Drop the table of the index."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {TABLE}")


def clear_table(connection: Any) -> None:
    """Remove all entries."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('delete-all')")
        else:
            cursor.execute(f"TRUNCATE {TABLE}")
