"""Read pointers: how far each member has read."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from chatproject.realtime import metrics
from rooms.errors import NotFound, ServiceError
from rooms.events import ReadMarkMoved, announce_read_marks
from rooms.models import Membership, Room, User
from rooms.selectors.rooms import NO_ROOM
from rooms.selectors.unread import unread_mentions, unread_messages


@dataclass(frozen=True, slots=True)
class ReadMark:
    """That somebody has read a room up to the place `seq`.

    The pointer only goes up, unless `rewind` sets it back. `connection_id` is the socket that says so: only the
    person's others are told.
    """

    user_id: int
    room_id: int
    seq: int
    rewind: bool = False
    connection_id: str | None = None


@dataclass(slots=True)
class _Pointer:
    """A member's pointer while its row is locked."""

    membership_id: int
    room_name: str
    last_seq: int
    version: int
    before: int
    seq: int
    moved_by: str | None = None


def read_marks_move(batch: Sequence[ReadMark]) -> list[int | ServiceError]:
    """Move read pointers, in one transaction, and say of each mark where its pointer is now.

    A pointer never gets above the room's last message. Gives NotFound for somebody who does not belong to the room.

    Raises:
        django.db.DatabaseError: when the database refused the transaction; no pointer moved then.
    """
    with transaction.atomic():
        pointers = _lock({(mark.user_id, mark.room_id) for mark in batch})
        results = [_move(pointers.get((mark.user_id, mark.room_id)), mark) for mark in batch]
        moved = {key: pointer for key, pointer in pointers.items() if pointer.seq != pointer.before}
        if moved:
            _save(moved.values())
            _announce(moved)
    metrics.read_marks_moved.inc(len(moved))
    return results


def read_mark_move(*, user: User, room: Room, seq: int, rewind: bool = False) -> int:
    """Say how far somebody has read; gives where their pointer is now. Raises NotFound for who is no member."""
    result = read_marks_move([ReadMark(user.pk, room.pk, seq, rewind)])[0]
    if isinstance(result, ServiceError):
        raise result
    return result


def _move(pointer: _Pointer | None, mark: ReadMark) -> int | ServiceError:
    if pointer is None:
        return NotFound(NO_ROOM)
    seq = min(mark.seq, pointer.last_seq)
    if mark.rewind or seq > pointer.seq:
        pointer.seq, pointer.moved_by = seq, mark.connection_id
    return pointer.seq


def _lock(keys: Collection[tuple[int, int]]) -> dict[tuple[int, int], _Pointer]:
    """The pointers of these people in these rooms, locked in one order: no two batches wait for each other."""
    lock = "" if connection.vendor == "sqlite" else " FOR NO KEY UPDATE OF m"  # SQLite's transaction is the lock
    wanted = ", ".join(["(%s, %s)"] * len(keys))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id, m.user_id, m.room_id, m.read_seq, r.name, r.last_seq, r.version"
            f" FROM {Membership._meta.db_table} m JOIN {Room._meta.db_table} r ON r.id = m.room_id"
            f" WHERE (m.user_id, m.room_id) IN (VALUES {wanted}) ORDER BY m.id{lock}",
            [number for key in keys for number in key],
        )
        rows = cursor.fetchall()
    return {
        (user_id, room_id): _Pointer(membership_id, room_name, last_seq, version, before=read_seq, seq=read_seq)
        for membership_id, user_id, room_id, read_seq, room_name, last_seq, version in rows
    }


def _save(pointers: Collection[_Pointer]) -> None:
    rows = ", ".join(["(%s, %s)"] * len(pointers))
    with connection.cursor() as cursor:
        # Both databases call the columns of a bare list so.
        cursor.execute(
            f"UPDATE {Membership._meta.db_table} SET read_seq = v.column2 FROM (VALUES {rows}) AS v"
            f" WHERE {Membership._meta.db_table}.id = v.column1",
            [number for pointer in pointers for number in (pointer.membership_id, pointer.seq)],
        )


def _announce(pointers: dict[tuple[int, int], _Pointer]) -> None:
    ids = [pointer.membership_id for pointer in pointers.values()]
    rows = Membership.objects.filter(pk__in=ids).order_by().values_list("pk", unread_messages(), unread_mentions())
    counts = {membership_id: (unread, mentions) for membership_id, unread, mentions in rows}
    announce_read_marks(
        [
            ReadMarkMoved(
                user_id=user_id,
                room_id=room_id,
                room_name=pointer.room_name,
                seq=pointer.seq,
                last_seq=pointer.last_seq,
                unread=counts[pointer.membership_id][0],
                mentions=counts[pointer.membership_id][1],
                version=pointer.version,
                connection_id=pointer.moved_by,
            )
            for (user_id, room_id), pointer in pointers.items()
        ]
    )
