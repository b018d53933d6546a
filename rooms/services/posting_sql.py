"""What every posting asks of the database, as SQL.

The ORM takes several times as long to compile these as the databases take to run them, and they are most of what a
message costs. Columns and conversions come from the models, so that a new field is written, too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models

from rooms.models import Membership, Message, Room, User

# In the order of the models, which is that of `from_db`.
ROOM_FIELDS = ["id", "name", "kind", "guests", "version", "last_seq"]
USER_FIELDS = ["id", "is_active", "username", "display_name", "picture_digest"]
# Of these the databases take what the attribute holds.
UNCONVERTED_FIELDS = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.ForeignKey)
MAX_CACHED_USERS = 1000  # kept, made from their rows: making one costs as much as rendering a message
MAX_IDS_PER_QUERY = 10_000  # in one query
MAX_ROWS_PER_INSERT = 256  # of one INSERT: SQLite takes 32,766 parameters

_user_cache: dict[int, tuple[tuple[Any, ...], User]] = {}
MESSAGE_FIELDS = [field.attname for field in Message._meta.concrete_fields]
BLANK_VALUES: dict[str, Any] = dict.fromkeys(MESSAGE_FIELDS) | {"content": "", "html": ""}


def placeholders(values: Collection[object]) -> str:
    """Placeholders for a list."""
    return ", ".join(["%s"] * len(values))


def lock_rooms(ids: Collection[int]) -> tuple[dict[int, Room], set[int]]:
    """Lock rooms until the end of the transaction, in id order. Their other fields are deferred.

    Also tells which of them are closed.
    """
    lock = "" if connection.vendor == "sqlite" else " FOR NO KEY UPDATE"  # SQLite's transaction is the lock
    columns = ", ".join(ROOM_FIELDS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT closed_at IS NOT NULL, {columns} FROM {Room._meta.db_table} WHERE id IN ({placeholders(ids)})"
            f" ORDER BY id{lock}",
            list(ids),
        )
        rows = cursor.fetchall()
    rooms = {row[1]: Room.from_db(connection.alias, ROOM_FIELDS, row[1:]) for row in rows}
    return rooms, {row[1] for row in rows if row[0]}


def load_members(room_ids: Collection[int], user_ids: Collection[int]) -> dict[tuple[int, int], User]:
    """Those of the people who belong to the rooms, by room and cached_user. Their other fields are deferred.

    Without those of direct rooms who may not write there, or be called, because one has blocked the other.
    """
    columns = ", ".join(f"u.{name}" for name in USER_FIELDS)
    wanted = list(user_ids)
    rows: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for start in range(0, len(wanted), MAX_IDS_PER_QUERY):
            some = wanted[start : start + MAX_IDS_PER_QUERY]
            cursor.execute(
                f"SELECT m.room_id, {columns} FROM {Membership._meta.db_table} m"
                f" JOIN {User._meta.db_table} u ON u.id = m.user_id"
                f" WHERE m.room_id IN ({placeholders(room_ids)}) AND m.user_id IN ({placeholders(some)})"
                f" AND NOT m.silenced",
                [*room_ids, *some],
            )
            rows += cursor.fetchall()
    return {(row[0], row[1]): cached_user(row[1:]) for row in rows}


def cached_user(row: tuple[Any, ...]) -> User:
    """The user with these USER_FIELDS. Not to be changed: it is kept, and given to all until the row is another."""
    known = _user_cache.get(row[0])
    if known is None or known[0] != row:
        if len(_user_cache) >= MAX_CACHED_USERS:
            _user_cache.clear()
        known = _user_cache[row[0]] = (row, User.from_db(connection.alias, USER_FIELDS, row))
    return known[1]


def messages_with_client_ids(
    room_ids: Collection[int], client_ids: Collection[str], *, by_users: bool, by_guests: bool
) -> list[Message]:
    """The messages of these rooms that already have one of the `client_ids`."""
    # Each with the condition of its index. That client_id is not null follows from the list; said as well, SQLite would
    # take it for the range to search and read all the room's.
    conditions = ["author_id IS NOT NULL"] * by_users + ["guest"] * by_guests
    found: list[int] = []
    with connection.cursor() as cursor:
        for condition in conditions:
            cursor.execute(
                f"SELECT id FROM {Message._meta.db_table} WHERE room_id IN ({placeholders(room_ids)})"
                f" AND client_id IN ({placeholders(client_ids)}) AND {condition}",
                [*room_ids, *client_ids],
            )
            found += [row[0] for row in cursor.fetchall()]
    return list(Message.objects.filter(pk__in=found).select_related("author").order_by()) if found else []


def new_message(room: Room, author: User | None, **values: Any) -> Message:
    """A message that is not in the database yet. `Message(...)` takes more than twice as long to sort its arguments."""
    keys = {"room_id": room.pk, "author_id": author.pk if author is not None else None}
    message = Message(*(BLANK_VALUES | keys | values).values())
    Message.room.field.set_cached_value(message, room)
    Message.author.field.set_cached_value(message, author)
    return message


def insert_messages(messages: Sequence[Message]) -> None:
    """Insert new messages and give them their ids."""
    fields = [field for field in Message._meta.concrete_fields if not field.primary_key]
    readers = [(field.attname, value_converter(field)) for field in fields]
    columns = ", ".join(str(field.column) for field in fields)
    arrays = ", ".join(f"%s::{array_type(field)}" for field in fields) if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for start in range(0, len(messages), MAX_ROWS_PER_INSERT):
            some = messages[start : start + MAX_ROWS_PER_INSERT]
            values = [
                [getattr(message, name) if prepare is None else prepare(getattr(message, name)) for message in some]
                for name, prepare in readers
            ]
            if arrays:
                # psycopg takes a query with hundreds of placeholders apart each time; this is the same for any number.
                source = f"SELECT * FROM unnest({arrays})"
            else:
                source = f"VALUES {', '.join([f'({placeholders(fields)})'] * len(some))}"
                values = [value for row in zip(*values, strict=True) for value in row]
            cursor.execute(f"INSERT INTO {Message._meta.db_table} ({columns}) {source} RETURNING id", values)
            for message, (message_id,) in zip(some, cursor.fetchall(), strict=True):
                message.pk = message_id
                message._state.adding, message._state.db = False, connection.alias


def array_type(field: Any) -> str:
    """PostgreSQL's, of a list of a field's values."""
    # Not varchar(n): a cast to it cuts off what is too long, instead of refusing it.
    text = isinstance(field, models.CharField | models.TextField)
    return "text[]" if text else f"{field.db_type(connection)}[]"


def value_converter(field: Any) -> Callable[[Any], Any] | None:
    """What turns a field's value into the database's, None for nothing."""
    if isinstance(field, models.DateTimeField):
        return connection.ops.adapt_datetimefield_value
    if isinstance(field, UNCONVERTED_FIELDS):
        return None
    return lambda value: field.get_db_prep_save(value, connection)


def save_counters(rooms: Sequence[Room], moment: datetime) -> None:
    """Write the rooms' new counters, and that something was said at that moment."""
    at = connection.ops.adapt_datetimefield_value(moment)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {Room._meta.db_table} SET version = %s, last_seq = %s, last_message_at = %s WHERE id = %s",
            [(room.version, room.last_seq, at, room.pk) for room in rooms],
        )
