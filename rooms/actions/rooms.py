"""Actions that join and leave rooms."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib.auth.models import AnonymousUser

from chatproject.realtime.database import in_database, in_database_together
from chatproject.realtime.protocol import LeftReason
from chatproject.realtime.sockets.consumer import Consumer
from chatproject.realtime.sockets.socket import Frame
from chatproject.realtime.sockets.subscribing import StreamAccess, subscribe_socket, subscribed_key, unsubscribe_socket
from rooms.errors import NotFound
from rooms.events import room_stream
from rooms.live.consumer import ChatConsumer
from rooms.live.frame_fields import number_field, text_field
from rooms.models import Room, User
from rooms.rate_limits import Budget, charge, sender_key
from rooms.selectors.installation import get_epoch
from rooms.selectors.messages import recent_messages
from rooms.selectors.room_titles import titles_for
from rooms.selectors.rooms import NO_ROOM, get_room_for, get_room_with_role
from rooms.services.members import member_join
from rooms.wire import message_bytes, room_properties, room_wire

DEFAULT_HISTORY, MAX_HISTORY = 50, 100


async def join_room(consumer: Consumer, frame: Frame) -> None:
    """Subscribe to a room: from the version `after`, or from a page of `history` messages."""
    assert isinstance(consumer, ChatConsumer)
    after = number_field(frame, "after")
    history = number_field(frame, "history", maximum=MAX_HISTORY)
    page = DEFAULT_HISTORY if history is None else history
    name = text_field(frame, "room_name")
    authorize = partial(
        authorize_and_join,
        consumer.user,
        name,
        resuming=after is not None,
        history=page,
    )
    access = await in_database_together(find_access, consumer.user, name, resuming=after is not None, history=page)
    if access is None:
        access = await in_database(authorize)
    await subscribe_socket(
        consumer,
        access.key,
        name,
        after=after,
        access=access,
        authorize=authorize,
        request_id=frame.get("request_id"),
    )


def find_access(user: User | AnonymousUser, name: str, *, resuming: bool, history: int) -> StreamAccess | None:
    """Return access to a room, or None if the user first has to become a member of it. Raises NotFound.

    Resuming does not make anybody a member: a user removed while disconnected can read on, but does not rejoin by
    accident.
    """
    room, role = get_room_with_role(user, name)
    admits = room.kind == Room.Kind.OPEN and room.closed_at is None
    if role is None and isinstance(user, User) and admits and not resuming:
        return None
    return room_access(user, room, role, history)


def authorize_and_join(user: User | AnonymousUser, name: str, *, resuming: bool, history: int) -> StreamAccess:
    """As `find_access`, but makes the user a member if they have to be."""
    access = find_access(user, name, resuming=resuming, history=history)
    if access is not None:
        return access
    assert isinstance(user, User)
    room = get_room_for(user, name)
    charge(Budget.JOINS, sender_key(user, ""))
    return room_access(user, room, member_join(user=user, room=room).role, history)


def room_access(user: User | AnonymousUser, room: Room, role: str | None, history: int) -> StreamAccess:
    """Return access to a room that the user may read."""
    return StreamAccess(
        key=room_stream.key(room.pk),
        version=room.version,
        answer={"epoch": get_epoch(), "room": room_for(user, room)},
        newest=partial(newest_page, room, history),
        properties=room_properties(room),
        role=role,
        page_key=history,
    )


def room_for(user: User | AnonymousUser, room: Room) -> dict[str, Any]:
    """Return a room's wire form for this user. A direct room gets the other members' names as its title."""
    wire = room_wire(room)
    if room.kind == Room.Kind.DIRECT and isinstance(user, User):
        wire["title"] = titles_for(user, [room])[room.pk]
    return wire


def newest_page(room: Room, limit: int) -> tuple[int, list[bytes]]:
    """Return the newest messages of a room, and the version they represent.

    The room was read before the messages: a message with a higher version proves that the page has everything up to it.
    """
    messages = recent_messages(room, limit=limit)
    version = max([room.version, *(message.version for message in messages)])
    return version, [message_bytes(message) for message in messages]


async def leave_room(consumer: Consumer, frame: Frame) -> None:
    """Unsubscribe from a room. The user stays a member."""
    key = subscribed_key(consumer, "room", text_field(frame, "room_name"))
    if key is None:
        raise NotFound(NO_ROOM)
    unsubscribe_socket(consumer, key, LeftReason.ASKED, frame.get("request_id"))
