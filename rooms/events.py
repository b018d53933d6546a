"""Rooms as streams of messages, and the announcements of services to all processes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import partial
from typing import Any

from django.db import transaction

from chatproject.realtime.delivery.change_feed import STREAMS_CHANGED
from chatproject.realtime.delivery.groups import group_name, user_group, watchers_group
from chatproject.realtime.delivery.model_stream import ModelStream
from chatproject.realtime.delivery.publish import broadcast, person_changed, signal
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
    subscribed_frame = FrameType.JOINED
    unsubscribed_frame = FrameType.LEFT
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
        """The users who may read the room, by the rule of `selectors.rooms.may_read`."""
        return readers_among(stream, user_ids)

    def roles_among(self, stream: Room, user_ids: set[int]) -> dict[int, str]:
        """The roles of members."""
        return roles_among(stream, user_ids)

    def reasons_among(self, stream: Room, user_ids: set[int]) -> dict[int, str]:
        """Tell banned users the reason."""
        return dict.fromkeys(banned_among(stream, user_ids), LeftReason.BANNED)

    def streams_showing(self, user_id: int, ids: Collection[int]) -> set[int]:
        """The rooms the user is a member of."""
        return room_ids_among(user_id, ids)


room_stream = RoomStream()


@dataclass(frozen=True, slots=True)
class ReadMarkMoved:
    """A member's read marker has moved; the counts of what is unread above it are as of the room's `version`.

    `connection_id` is the socket that moved it.
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


# Types of messages to other processes.
READ_MARKS = "read_marks"
COUNTS = "counts"
SAVED_MESSAGES = "saved_messages"
ROOM_LISTS = "memberships"
ROOM_PEOPLE = "people"
PUBLIC_ROOMS = "lobby"
SIGNS = "signs"

DND_UNTIL = "dnd_until"  # the name in `unread` frames


def announce_read_marks(moved: Sequence[ReadMarkMoved]) -> None:
    """Tell the processes with sockets of these users after the commit which read markers moved."""
    by_group: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for one in moved:
        by_group[user_group(one.user_id)].append(astuple(one))
    transaction.on_commit(partial(signal, READ_MARKS, "read_marks", by_group), robust=True)


def announce_mentions(room: Room) -> None:
    """Tell the room's watchers after the commit that its members have more unread mentions."""
    key = room_stream.key(room.pk)
    by_group = {watchers_group(key): [list(key)]}
    transaction.on_commit(partial(signal, STREAMS_CHANGED, "streams", by_group), robust=True)


def announce_counts(name: str, counts: Mapping[int, int]) -> None:
    """Tell the processes with sockets of these users after the commit how many of something each of them has.

    The name is the count's in `unread` frames.
    """
    by_group = {user_group(user_id): [(user_id, name, count)] for user_id, count in counts.items()}
    transaction.on_commit(partial(signal, COUNTS, "counts", by_group), robust=True)


def announce_saved(changes: Sequence[tuple[int, dict[str, Any]]]) -> None:
    """Tell the processes with sockets of users after the commit which messages they saved or were reminded of.

    Each change has the user's id and the fields of their `saved` frame.
    """
    by_group: defaultdict[str, list[tuple[int, dict[str, Any]]]] = defaultdict(list)
    for user_id, fields in changes:
        by_group[user_group(user_id)].append((user_id, fields))
    transaction.on_commit(partial(signal, SAVED_MESSAGES, "changes", by_group), robust=True)


def announce_room_lists(user_ids: Collection[int]) -> None:
    """Tell the processes with sockets of these users after the commit that their rooms or invitations changed.

    Not needed for members who were removed: `room_stream.announce_change` checks everyone in the room.
    """
    by_group = {user_group(user_id): [user_id] for user_id in user_ids}
    transaction.on_commit(partial(signal, ROOM_LISTS, "people", by_group), robust=True)


def announce_room_people(room: Room, *, joined: Collection[int] = ()) -> None:
    """Tell the room's subscribers and watchers after the commit about changes of its people that take no version.

    These are new members, and changes of invitations and bans, which moderators see.
    """
    key, change = room_stream.key(room.pk), (room.pk, list(joined))
    by_group = {group_name(key): [change], watchers_group(key): [change]}
    transaction.on_commit(partial(signal, ROOM_PEOPLE, "rooms", by_group), robust=True)
    announce_public_rooms(room)


def announce_public_rooms(room: Room) -> None:
    """Tell every process after the commit that an open room is new or that its member count changed."""
    if room.kind == Room.Kind.OPEN:
        transaction.on_commit(partial(broadcast, PUBLIC_ROOMS), robust=True)


def announce_profile(user: User) -> None:
    """Announce after the commit a user's present names and picture."""
    if contact_ids := direct_contact_ids(user):
        announce_room_lists(contact_ids)  # their lists show a direct room under this user's name
    person = Person(user.pk, user.username, user.shown_name, user.avatar)
    transaction.on_commit(partial(person_changed, user.pk, person._asdict()), robust=True)


def announce_signs(user: User) -> None:
    """Have every process show after the commit what is now next to a user's name. Each reads it when it sends it."""
    transaction.on_commit(partial(broadcast, SIGNS, user_id=user.pk), robust=True)
