"""Read markers: how far each member has read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from chatproject.realtime import metrics
from rooms import signals
from rooms.errors import NotFound, ServiceError
from rooms.events import ReadMarkMoved, announce_read_marks
from rooms.models import Membership, Room, User
from rooms.selectors.rooms import NO_ROOM
from rooms.selectors.unread import unread_mentions, unread_messages


@dataclass(frozen=True, slots=True)
class ReadMark:
    """A request to move a user's read marker in a room to `seq`.

    The marker only moves forward, unless `rewind` is true. `connection_id` is the socket that sent the request: only
    the user's other sockets are told.
    """

    user_id: int
    room_id: int
    seq: int
    rewind: bool = False
    connection_id: str | None = None


@dataclass(slots=True)
class _LockedMarker:
    """The read marker of a member while its row is locked."""

    membership_id: int
    room_name: str
    last_seq: int
    version: int
    before: int
    seq: int
    moved_by_connection: str | None = None


def read_marks_move(batch: Sequence[ReadMark]) -> list[int | ServiceError]:
    """Move read markers in one transaction, and return for each request the seq of its marker afterwards.

    A marker never moves beyond the room's last message. The outcome is NotFound for users who are not members.

    Raises:
        django.db.DatabaseError: the database refused the transaction; no marker moved.
    """
    with transaction.atomic():
        markers = _lock_markers({(mark.user_id, mark.room_id) for mark in batch})
        results = [_move(markers.get((mark.user_id, mark.room_id)), mark) for mark in batch]
        moved = {key: marker for key, marker in markers.items() if marker.seq != marker.before}
        if moved:
            _save(moved.values())
            _announce(moved)
            signals.read_marks_moved.send(
                Membership, moved=[signals.MessagesRead(*key, marker.seq) for key, marker in moved.items()]
            )
    metrics.read_marks_moved.inc(len(moved))
    return results


def read_mark_move(*, user: User, room: Room, seq: int, rewind: bool = False) -> int:
    """Move a user's read marker and return its seq. Raises NotFound when they are not a member."""
    result = read_marks_move([ReadMark(user.pk, room.pk, seq, rewind)])[0]
    if isinstance(result, ServiceError):
        raise result
    return result


def _move(marker: _LockedMarker | None, mark: ReadMark) -> int | ServiceError:
    if marker is None:
        return NotFound(NO_ROOM)
    seq = min(mark.seq, marker.last_seq)
    if mark.rewind or seq > marker.seq:
        marker.seq, marker.moved_by_connection = seq, mark.connection_id
    return marker.seq


def _lock_markers(keys: Collection[tuple[int, int]]) -> dict[tuple[int, int], _LockedMarker]:
    """Lock the markers with these user and room ids, always in the same order, so that batches can't deadlock."""
    lock = "" if connection.vendor == "sqlite" else " FOR NO KEY UPDATE OF m"  # SQLite's transaction is the lock
    placeholders = ", ".join(["(%s, %s)"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id, m.user_id, m.room_id, m.read_seq, r.name, r.last_seq, r.version"
            f" FROM {Membership._meta.db_table} m JOIN {Room._meta.db_table} r ON r.id = m.room_id"
            f" WHERE (m.user_id, m.room_id) IN (VALUES {placeholders}) ORDER BY m.id{lock}",
            [number for key in keys for number in key],
        )
        rows = cursor.fetchall()
    return {
        (user_id, room_id): _LockedMarker(membership_id, room_name, last_seq, version, before=read_seq, seq=read_seq)
        for membership_id, user_id, room_id, read_seq, room_name, last_seq, version in rows
    }


def _save(markers: Collection[_LockedMarker]) -> None:
    rows = ", ".join(["(%s, %s)"] * len(markers))
    with connection.cursor() as cursor:
        # The name that both databases give to the columns of a VALUES list.
        cursor.execute(
            f"UPDATE {Membership._meta.db_table} SET read_seq = v.column2 FROM (VALUES {rows}) AS v"
            f" WHERE {Membership._meta.db_table}.id = v.column1",
            [number for marker in markers for number in (marker.membership_id, marker.seq)],
        )


def _announce(markers: dict[tuple[int, int], _LockedMarker]) -> None:
    ids = [marker.membership_id for marker in markers.values()]
    rows = Membership.objects.filter(pk__in=ids).order_by().values_list("pk", unread_messages(), unread_mentions())
    counts = {membership_id: (unread, mentions) for membership_id, unread, mentions in rows}
    announce_read_marks(
        [
            ReadMarkMoved(
                user_id=user_id,
                room_id=room_id,
                room_name=marker.room_name,
                seq=marker.seq,
                last_seq=marker.last_seq,
                unread=counts[marker.membership_id][0],
                mentions=counts[marker.membership_id][1],
                version=marker.version,
                connection_id=marker.moved_by_connection,
            )
            for (user_id, room_id), marker in markers.items()
        ]
    )
