"""The queries of posting messages, as SQL.

The ORM takes several times as long to compile them as the databases take to run them, and they are most of the cost of
a message. Columns and conversions come from the models, so that a new field is written, too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models
from django.db.models.base import ModelState

from rooms.models import Membership, Message, Room, User

# In the order of the models' fields, as `from_db` expects.
ROOM_FIELDS = ["id", "name", "kind", "guests", "slow_seconds", "version", "last_seq", "listened"]
USER_FIELDS = ["id", "is_active", "username", "display_name", "picture_digest", "restricted"]
# The databases accept the values of these fields as they are.
UNCONVERTED_FIELDS = (models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.ForeignKey)
MAX_CACHED_USERS = 1000  # creating a model instance costs as much as rendering a message
MAX_IDS_PER_QUERY = 10_000
MAX_ROWS_PER_INSERT = 256  # SQLite accepts 32,766 parameters

_user_cache: dict[int, tuple[tuple[Any, ...], User]] = {}
MESSAGE_FIELDS = [field.attname for field in Message._meta.concrete_fields]
BLANK_VALUES: dict[str, Any] = dict.fromkeys(MESSAGE_FIELDS) | {"content": "", "html": ""}


def placeholders(values: Collection[object]) -> str:
    """Return the SQL placeholders for a list of values."""
    return ", ".join(["%s"] * len(values))


def lock_rooms(ids: Collection[int]) -> tuple[dict[int, Room], set[int]]:
    """Lock rooms in id order until the transaction ends, and return them by id, with the ids of the closed ones.

    Fields other than ROOM_FIELDS are deferred.
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
    """Return the members of the rooms among these users, by room id and user id.

    Leaves out members of direct rooms who may not post or be mentioned because one has blocked the other. Fields other
    than USER_FIELDS are deferred.
    """
    columns = ", ".join(f"u.{name}" for name in USER_FIELDS)
    ids = list(user_ids)
    rows: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for start in range(0, len(ids), MAX_IDS_PER_QUERY):
            chunk = ids[start : start + MAX_IDS_PER_QUERY]
            cursor.execute(
                f"SELECT m.room_id, {columns} FROM {Membership._meta.db_table} m"
                f" JOIN {User._meta.db_table} u ON u.id = m.user_id"
                f" WHERE m.room_id IN ({placeholders(room_ids)}) AND m.user_id IN ({placeholders(chunk)})"
                f" AND NOT m.silenced",
                [*room_ids, *chunk],
            )
            rows += cursor.fetchall()
    return {(row[0], row[1]): cached_user(row[1:]) for row in rows}


def cached_user(row: tuple[Any, ...]) -> User:
    """Return a user with these USER_FIELDS. Don't change it: it is cached and shared until the row changes."""
    cached = _user_cache.get(row[0])
    if cached is None or cached[0] != row:
        if len(_user_cache) >= MAX_CACHED_USERS:
            _user_cache.clear()
        cached = _user_cache[row[0]] = (row, User.from_db(connection.alias, USER_FIELDS, row))
    return cached[1]


def messages_with_client_ids(
    room_ids: Collection[int], client_ids: Collection[str], *, by_users: bool, by_guests: bool
) -> list[Message]:
    """Return the messages of these rooms that have one of the `client_ids`."""
    # Each query has the condition of its partial index. It does not say that client_id is not null, which follows from
    # the list: SQLite would search that range and read all messages of the room.
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
    """Create a message without saving it, in a fraction of the time that `Message(...)` takes."""
    keys = {"room_id": room.pk, "author_id": author.pk if author is not None else None}
    # What Model.__init__ does for values of all fields, without going through each field's descriptor.
    message = Message.__new__(Message)
    message._state = ModelState()
    vars(message).update(BLANK_VALUES, **keys, **values)
    Message.room.field.set_cached_value(message, room)
    Message.author.field.set_cached_value(message, author)
    return message


def insert_messages(messages: Sequence[Message]) -> None:
    """Insert new messages and set their ids."""
    all_fields = [field for field in Message._meta.concrete_fields if not field.primary_key]
    with connection.cursor() as cursor:
        for start in range(0, len(messages), MAX_ROWS_PER_INSERT):
            chunk = messages[start : start + MAX_ROWS_PER_INSERT]
            fields, values = [], []
            for field in all_fields:
                column = [getattr(message, field.attname) for message in chunk]
                # Half of the columns are null in new messages, so that naming them would cost more than the others.
                if field.null and column.count(None) == len(column):
                    continue
                prepare = value_converter(field)
                fields.append(field)
                values.append(column if prepare is None else [prepare(value) for value in column])
            columns = ", ".join(str(field.column) for field in fields)
            if connection.vendor == "postgresql":
                # psycopg parses a query with hundreds of placeholders every time; this one is the same for any number.
                arrays = ", ".join(f"%s::{postgres_array_type(field)}" for field in fields)
                source = f"SELECT * FROM unnest({arrays})"
            else:
                source = f"VALUES {', '.join([f'({placeholders(fields)})'] * len(chunk))}"
                values = [value for row in zip(*values, strict=True) for value in row]
            cursor.execute(f"INSERT INTO {Message._meta.db_table} ({columns}) {source} RETURNING id", values)
            for message, (message_id,) in zip(chunk, cursor.fetchall(), strict=True):
                message.pk = message_id
                message._state.adding, message._state.db = False, connection.alias


def postgres_array_type(field: Any) -> str:
    """Return the PostgreSQL type of an array of a field's values."""
    # Not varchar(n): a cast to it truncates values that are too long instead of rejecting them.
    text = isinstance(field, models.CharField | models.TextField)
    return "text[]" if text else f"{field.db_type(connection)}[]"


def value_converter(field: Any) -> Callable[[Any], Any] | None:
    """Return the function that converts a field's value for the database, or None if it needs no conversion."""
    if isinstance(field, models.DateTimeField):
        return connection.ops.adapt_datetimefield_value
    if isinstance(field, UNCONVERTED_FIELDS):
        return None
    return lambda value: field.get_db_prep_save(value, connection)


def save_counters(rooms: Sequence[Room], moment: datetime) -> None:
    """Save the rooms' new counters and the time of their latest message, which may be news to members."""
    at = connection.ops.adapt_datetimefield_value(moment)
    table = Room._meta.db_table
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET version = %s, last_seq = %s, last_message_at = %s WHERE id = %s",
            [(room.version, room.last_seq, at, room.pk) for room in rooms if not room.listened],
        )
        cursor.executemany(
            f"UPDATE {table} SET version = %s, last_seq = %s, last_message_at = %s, news_at = COALESCE(news_at, %s)"
            " WHERE id = %s",
            [(room.version, room.last_seq, at, at, room.pk) for room in rooms if room.listened],
        )
