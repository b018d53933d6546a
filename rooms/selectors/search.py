"""Search in the messages that a user may read, newest first."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Max, Sum
from django.utils.translation import gettext_lazy as _

from chatproject.realtime import metrics
from rooms.errors import InvalidField, NotFound
from rooms.models import Membership, Mention, Message, Room, User, UserName
from rooms.search.compile import NOTHING_WANTED, fts5_query, tsquery
from rooms.search.index import author_mark, month_mark, room_mark
from rooms.search.query import Query
from rooms.search.tables import TABLE
from rooms.selectors.messages import load_related_in_rooms
from rooms.selectors.rooms import readable_by

MESSAGES = Message._meta.db_table
MAX_ROOM_MARKS = 50  # with more rooms, looking for their marks costs more than it saves
SMALL_SHARE = 0.2  # of all messages, below which the marks of rooms narrow a search down
MAX_MONTH_MARKS = 36
FEW_HITS = 20_000  # PostgreSQL reads up to this many at once and sorts them
FIRST_WINDOW = 20_000  # messages in which it looks first for words with more hits; each further window is larger
WINDOW_FACTOR = 4
MAX_SECONDS = 2.0  # after which a search stops and says how far back it has looked


class Found(NamedTuple):
    """A page of messages, newest first; each has its room.

    `more` says whether there are older ones. `looked_back_to` is set if the search stopped early: the time of the
    oldest message it has looked at.
    """

    messages: list[Message]
    more: bool
    looked_back_to: datetime | None = None


@metrics.search_seconds.time()
def search(user: User, query: Query, *, before: int | None = None, limit: int, zone: ZoneInfo) -> Found:
    """Return the messages that a query finds, at most `limit`; with `before`, those with a lower id.

    `zone` is the time zone in which the dates of the query are meant. Raises NotFound for a room that the user may not
    read and for an unknown user, InvalidField if nothing is wanted.
    """
    statement = _Statement(user, query, zone)
    ceiling = before if before is not None else (Message.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    if connection.vendor == "sqlite":
        return _found(statement.run_newest_first(ceiling, limit + 1), limit)
    if statement.estimated_hits() <= FEW_HITS:
        return _found(statement.run_at_once(ceiling, limit + 1), limit)
    return _search_windows(statement, ceiling, limit)


def _search_windows(statement: _Statement, ceiling: int, limit: int) -> Found:
    """Search ever larger parts of the index: PostgreSQL can't read it newest first."""
    began, size, ids, top = time.monotonic(), FIRST_WINDOW, list[int](), ceiling
    while True:
        low = max(top - size, 0)
        ids += statement.run_window(low, top, limit + 1 - len(ids))
        if len(ids) > limit or low == 0:
            return _found(ids, limit)
        if time.monotonic() - began > MAX_SECONDS:
            oldest = Message.objects.filter(id__gte=low).order_by("id").values_list("created_at", flat=True).first()
            return _found(ids, limit)._replace(more=True, looked_back_to=oldest)
        top, size = low, size * WINDOW_FACTOR


def _found(ids: Sequence[int], limit: int) -> Found:
    rows = {one.pk: one for one in Message.objects.select_related("author", "room").filter(pk__in=ids[:limit])}
    messages = [rows[one] for one in ids[:limit] if one in rows]
    load_related_in_rooms(messages)
    return Found(messages, len(ids) > limit)


class _Statement:
    """The SQL statement of a search. Who may read what is a part of it, so nothing is found a moment too long."""

    def __init__(self, user: User, query: Query, zone: ZoneInfo) -> None:
        any_of: list[Collection[str]] = []
        readable = Room.objects.filter(readable_by(user.pk))
        if query.rooms:
            readable = readable.filter(name__in=query.rooms)
            if missing := set(query.rooms) - set(readable.values_list("name", flat=True)):
                raise NotFound(_("There is no room %(names)s."), {"names": ", ".join(sorted(missing))}, field="q")
        if query.narrowed_only:
            raise InvalidField(NOTHING_WANTED, field="q")
        # Without words, the marks of rooms are what is looked for; with them, they only narrow the search down.
        if (narrow := _room_marks(readable, always=not query.has_words)) is not None:
            any_of.append(narrow)
        self.conditions: list[str] = []
        self.parameters: list[Any] = []
        self._add_subquery("m.room_id IN", readable.order_by().values("pk"))
        if query.authors:
            authors = _ids_of(query.authors)
            any_of.append([author_mark(one) for one in authors])
            self._add(f"m.author_id IN ({', '.join(['%s'] * len(authors))})", *authors)
        self._add_dates(query, zone, any_of)
        if query.unread:
            read = Membership._meta.db_table
            self._add(
                f"EXISTS (SELECT 1 FROM {read} r WHERE r.room_id = m.room_id AND r.user_id = %s AND r.read_seq < m.seq)"
                " AND (m.author_id IS NULL OR m.author_id <> %s)",
                user.pk,
                user.pk,
            )
        if query.mentions_me:
            self._add(
                f"EXISTS (SELECT 1 FROM {Mention._meta.db_table} n WHERE n.message_id = m.id AND n.user_id = %s)",
                user.pk,
            )
        self.match = fts5_query(query, any_of) if connection.vendor == "sqlite" else tsquery(query, any_of)

    def _add(self, condition: str, *parameters: Any) -> None:
        self.conditions.append(condition)
        self.parameters += parameters

    def _add_subquery(self, condition: str, rows: Any) -> None:
        sql, parameters = rows.query.sql_with_params()
        self._add(f"{condition} ({sql})", *parameters)

    def _add_dates(self, query: Query, zone: ZoneInfo, any_of: list[Collection[str]]) -> None:
        adapt = connection.ops.adapt_datetimefield_value
        start = _midnight(query.after + timedelta(days=1), zone) if query.after is not None else None
        end = _midnight(query.before, zone) if query.before is not None else None
        if start is not None:
            self._add("m.created_at >= %s", adapt(start))
        if end is not None:
            self._add("m.created_at < %s", adapt(end))
        if start is not None and (months := _months(start, end or datetime.now(UTC))):
            any_of.append(months)

    def run_newest_first(self, ceiling: int, limit: int) -> list[int]:
        """Return the ids of the newest messages below `ceiling`, on SQLite."""
        # CROSS JOIN: the index is read newest first, and only as far as needed.
        return self._ids(
            f"SELECT m.id FROM {TABLE} CROSS JOIN {MESSAGES} m ON m.id = {TABLE}.rowid"
            f" WHERE {TABLE} MATCH %s AND {TABLE}.rowid < %s",
            [self.match, ceiling],
            limit,
            order_by=f"{TABLE}.rowid",  # by m.id, SQLite would find every hit and sort them
        )

    def run_at_once(self, ceiling: int, limit: int) -> list[int]:
        """Return the ids of the newest messages below `ceiling`, on PostgreSQL, which reads every hit of the words."""
        # "+ 0": else it might read the primary key and look for the words in every message.
        return self._ids_of_hits("message_id + 0 < %s", [ceiling], limit)

    def run_window(self, low: int, ceiling: int, limit: int) -> list[int]:
        """Return the ids of the newest messages from `low` to below `ceiling`, on PostgreSQL."""
        return self._ids_of_hits("message_id >= %s AND message_id < %s", [low, ceiling], limit)

    def estimated_hits(self) -> int:
        """Return how many messages PostgreSQL expects to have the words and marks, readable or not."""
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {TABLE} WHERE words @@ %s::tsquery", [self.match])
            return int(cursor.fetchone()[0][0]["Plan"]["Plan Rows"])

    def _ids_of_hits(self, condition: str, parameters: Sequence[Any], limit: int) -> list[int]:
        # MATERIALIZED: else it might walk back from the newest message, however rare the word is.
        return self._ids(
            f"WITH hits AS MATERIALIZED (SELECT message_id FROM {TABLE} WHERE words @@ %s::tsquery AND {condition})"
            f" SELECT m.id FROM hits JOIN {MESSAGES} m ON m.id = hits.message_id WHERE TRUE",
            [self.match, *parameters],
            limit,
        )

    def _ids(self, select: str, parameters: Sequence[Any], limit: int, *, order_by: str = "m.id") -> list[int]:
        where = " AND ".join(["m.deleted_at IS NULL", *self.conditions])
        with connection.cursor() as cursor:
            cursor.execute(
                f"{select} AND {where} ORDER BY {order_by} DESC LIMIT %s", [*parameters, *self.parameters, limit]
            )
            return [row[0] for row in cursor.fetchall()]


def _room_marks(readable: Any, *, always: bool) -> list[str] | None:
    """Return the marks of the rooms, if few messages are in them or `always`; else None."""
    ids = list(readable.order_by().values_list("pk", "last_seq"))
    if not ids or always:
        return [room_mark(room_id) for room_id, _ in ids] or [room_mark(0)]
    if len(ids) > MAX_ROOM_MARKS:
        return None
    total = Room.objects.aggregate(sum=Sum("last_seq"))["sum"] or 0
    few = sum(last_seq for _, last_seq in ids) <= SMALL_SHARE * total
    return [room_mark(room_id) for room_id, _ in ids] if few else None


def _ids_of(names: Sequence[str]) -> list[int]:
    accounts = UserName.objects.accounts(names)
    if missing := set(names) - accounts.keys():
        raise NotFound(_("There is nobody called %(names)s."), {"names": ", ".join(sorted(missing))}, field="q")
    return [accounts[name].pk for name in names]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time_of_day(), zone).astimezone(UTC)


def _months(start: datetime, end: datetime) -> list[str]:
    """Return the marks of the months from `start` to `end`, or none if there are many."""
    first, last = start.year * 12 + start.month - 1, end.year * 12 + end.month - 1
    if last - first >= MAX_MONTH_MARKS:
        return []
    return [month_mark(one // 12, one % 12 + 1) for one in range(first, last + 1)]
