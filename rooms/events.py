"""Rooms as streams: what services announce, and how live delivery reads a room."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass
from functools import partial

from django.db import transaction

from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.publish import Announcement, announce, person_changed, tell_processes
from chatproject.realtime.delivery.source import Changes
from chatproject.realtime.presence.registry_rows import Person
from chatproject.realtime.protocol import FrameType, LeftReason
from rooms import selectors
from rooms.models import Message, Room, User
from rooms.wire import message_bytes, room_properties


def room_key(room_id: int) -> StreamKey:
    """The stream of a room."""
    return StreamKey("room", room_id)


def announce_messages(room: Room, after: int, messages: Sequence[Message], *, rewritten: bool = False) -> None:
    """Announce, once this transaction commits, messages changed in the versions `(after, room.version]`.

    `rewritten` are earlier ones that say something else now.
    """
    items = [(message.version, message_bytes(message)) for message in messages]
    announcement = Announcement(
        key=room_key(room.pk), after=after, version=room.version, items=items, stale=after if rewritten else 0
    )
    transaction.on_commit(partial(announce, announcement), robust=True)


def announce_room(room: Room, *, reasons: dict[int, LeftReason] | None = None) -> None:
    """Announce, once this transaction commits, that the room or who may read it changed in its latest version.

    `reasons` says, by user id, why people who lost the room lost it.
    """
    announcement = Announcement(
        key=room_key(room.pk),
        after=room.version - 1,
        version=room.version,
        changed=True,
        reasons={user_id: str(reason) for user_id, reason in (reasons or {}).items()},
    )
    transaction.on_commit(partial(announce, announcement), robust=True)


@dataclass(frozen=True, slots=True)
class PointerMoved:
    """That a member has read a room up to another place, and what is unread above it as of the room's `version`.

    `connection_id` is the socket that said so.
    """

    user_id: int
    room_id: int
    room_name: str
    seq: int
    last_seq: int
    unread: int
    mentions: int
    version: int
    connection_id: str | None


# Types of messages to all processes.
POINTERS, MEMBERSHIPS, PEOPLE, LOBBY = "pointers", "memberships", "people", "lobby"


def announce_pointers(moved: Sequence[PointerMoved]) -> None:
    """Tell every process, once this transaction commits, of read pointers that moved."""
    pointers = [astuple(one) for one in moved]
    transaction.on_commit(partial(tell_processes, POINTERS, pointers=pointers), robust=True)


def announce_members(user_ids: Collection[int]) -> None:
    """Tell every process, once this transaction commits, that these people are members of another room, or invited.

    Who is no member any more is told by `announce_room`: everybody in the room is looked at then.
    """
    if user_ids:
        transaction.on_commit(partial(tell_processes, MEMBERSHIPS, people=list(user_ids)), robust=True)


def announce_people(room: Room, *, joined: Collection[int] = ()) -> None:
    """Tell every process, once this transaction commits, what of a room's people takes no version.

    That is who has come in, and that others than before are invited or may come back, whom those see who look after it.
    """
    transaction.on_commit(partial(tell_processes, PEOPLE, room_id=room.pk, joined=list(joined)), robust=True)
    announce_lobby(room)


def announce_lobby(room: Room) -> None:
    """Tell every process, once this transaction commits, that an open room is new, or has another member."""
    if room.kind == Room.Kind.OPEN:
        transaction.on_commit(partial(tell_processes, LOBBY), robust=True)


def announce_person(user: User) -> None:
    """Announce, once this transaction commits, how somebody is shown now."""
    if fellows := selectors.direct_fellows(user):
        announce_members(fellows)  # their lists of rooms call a direct one after this person
    person = Person(user.pk, user.username, user.shown_name, user.avatar)
    transaction.on_commit(partial(person_changed, user.pk, person._asdict()), robust=True)


class RoomSource:
    """How the hub reads rooms."""

    frame_type = FrameType.MESSAGES
    name_field = "room_name"
    heartbeat_field = "versions"
    followed_frame = FrameType.JOINED
    left_frame = FrameType.LEFT
    properties_frame = FrameType.ROOM
    properties_field = "room"
    shows_presence = True

    def versions(self, ids: Collection[int]) -> dict[int, int]:
        """The present version of each of these rooms; a deleted one is left out."""
        return dict(Room.objects.filter(pk__in=ids).values_list("pk", "version"))

    def with_person(self, user_id: int, ids: Collection[int]) -> set[int]:
        """The rooms that the person belongs to."""
        return selectors.room_ids_among(user_id, ids)

    def changes_since(self, stream_id: int, version: int, limit: int, readers: Collection[int]) -> Changes | None:
        """The messages changed after `version`. None when the room is gone."""
        room = Room.objects.filter(pk=stream_id).first()  # before the rows: what comes between is in both
        if room is None:
            return None
        rows = selectors.changes_since(room, version=version, limit=limit + 1)
        complete, rows = len(rows) <= limit, rows[:limit]
        last = rows[-1].version if rows else 0
        readable = selectors.readers_among(room, set(readers))
        banned = selectors.banned_among(room, set(readers) - readable)
        return Changes(
            version=max(room.version, last) if complete else last,
            items=[(row.version, message_bytes(row)) for row in rows],
            complete=complete,
            readable=readable,
            roles=selectors.roles_among(room, readable),
            reasons=dict.fromkeys(banned, LeftReason.BANNED),
            properties=room_properties(room),
        )
