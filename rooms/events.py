"""Rooms as streams: what services announce, and how live delivery reads a room."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass
from functools import partial
from typing import Any

from django.db import transaction

from chatproject.realtime.delivery.model_stream import ModelStream
from chatproject.realtime.delivery.publish import person_changed, tell_processes
from chatproject.realtime.presence.registry_rows import Person
from chatproject.realtime.protocol import FrameType, LeftReason
from rooms.models import Message, Room, User
from rooms.selectors.members import banned_among, roles_among, room_ids_among
from rooms.selectors.messages import changes_since
from rooms.selectors.room_titles import direct_contact_ids
from rooms.selectors.rooms import readers_among
from rooms.wire import message_bytes, room_properties


class RoomStream(ModelStream[Room, Message]):
    """Rooms as streams of messages."""

    kind = "room"
    model = Room
    frame_type = FrameType.MESSAGES
    name_field = "room_name"
    heartbeat_field = "versions"
    followed_frame = FrameType.JOINED
    left_frame = FrameType.LEFT
    properties_frame = FrameType.ROOM
    properties_field = "room"
    shows_presence = True

    def rows_since(self, stream: Room, version: int, limit: int) -> Sequence[Message]:
        """See `ModelStream`, as for all of these methods."""
        return changes_since(stream, version=version, limit=limit)

    def encode(self, row: Message) -> bytes:
        """`message_bytes`."""
        return message_bytes(row)

    def properties(self, stream: Room) -> dict[str, Any]:
        """`room_properties`."""
        return room_properties(stream)

    def readers_among(self, stream: Room, user_ids: set[int]) -> set[int]:
        """By the rule that `selectors.may_read` states."""
        return readers_among(stream, user_ids)

    def roles_among(self, stream: Room, user_ids: set[int]) -> dict[int, str]:
        """Their roles as members."""
        return roles_among(stream, user_ids)

    def reasons_among(self, stream: Room, user_ids: set[int]) -> dict[int, str]:
        """Banned people are told so."""
        return dict.fromkeys(banned_among(stream, user_ids), LeftReason.BANNED)

    def with_person(self, user_id: int, ids: Collection[int]) -> set[int]:
        """The rooms the user is a member of."""
        return room_ids_among(user_id, ids)


room_stream = RoomStream()


@dataclass(frozen=True, slots=True)
class ReadMarkMoved:
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


def announce_read_marks(moved: Sequence[ReadMarkMoved]) -> None:
    """Tell every process, once this transaction commits, of read pointers that moved."""
    pointers = [astuple(one) for one in moved]
    transaction.on_commit(partial(tell_processes, POINTERS, pointers=pointers), robust=True)


def announce_room_lists(user_ids: Collection[int]) -> None:
    """Tell every process, once this transaction commits, that these people are members of another room, or invited.

    Who is no member any more is told by `room_stream.announce_change`: everybody in the room is looked at then.
    """
    if user_ids:
        transaction.on_commit(partial(tell_processes, MEMBERSHIPS, people=list(user_ids)), robust=True)


def announce_room_people(room: Room, *, joined: Collection[int] = ()) -> None:
    """Tell every process, once this transaction commits, what of a room's people takes no version.

    That is who has come in, and that others than before are invited or may come back, whom those see who look after it.
    """
    transaction.on_commit(partial(tell_processes, PEOPLE, room_id=room.pk, joined=list(joined)), robust=True)
    announce_public_rooms(room)


def announce_public_rooms(room: Room) -> None:
    """Tell every process, once this transaction commits, that an open room is new, or has another member."""
    if room.kind == Room.Kind.OPEN:
        transaction.on_commit(partial(tell_processes, LOBBY), robust=True)


def announce_person(user: User) -> None:
    """Announce, once this transaction commits, how somebody is shown now."""
    if fellows := direct_contact_ids(user):
        announce_room_lists(fellows)  # their lists of rooms call a direct one after this person
    person = Person(user.pk, user.username, user.shown_name, user.avatar)
    transaction.on_commit(partial(person_changed, user.pk, person._asdict()), robust=True)
