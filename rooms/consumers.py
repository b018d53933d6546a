"""What a socket can ask for in rooms: an action table over services and selectors."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import parse_qs

import orjson
from django.contrib.auth.models import AnonymousUser

from chatproject.realtime.consumer import Consumer, Frame, Handler, ProtocolError
from chatproject.realtime.database import in_database
from chatproject.realtime.protocol import Action, FrameType, LeftReason
from chatproject.realtime.stream import Stream, split_by_size, text_event
from rooms import selectors, services
from rooms.errors import InvalidField, NotAuthenticated, NotFound, ServiceError
from rooms.events import room_key
from rooms.fields import number_field, seq_field, text_field
from rooms.identity import SocketIdentity, identity_source
from rooms.models import Room, User
from rooms.wire import message_bytes, room_wire
from rooms.writer import Outcome, get_writer

DEFAULT_HISTORY, MAX_HISTORY = 50, 100
DEFAULT_RECENT = 10


class ChatConsumer(Consumer):
    """A socket that follows any number of rooms."""

    refusals = (ProtocolError, ServiceError)
    identities = identity_source

    @property
    def user(self) -> User | AnonymousUser:
        """Who is at the socket."""
        return self.identity.user if isinstance(self.identity, SocketIdentity) else AnonymousUser()

    def require_user(self) -> User:
        """Who is at the socket. Raises NotAuthenticated for nobody."""
        if not isinstance(self.user, User):
            raise NotAuthenticated("Sign in first.")
        return self.user

    async def _open(self, scope: Any) -> None:
        """Join the rooms that the URL names: /ws/rooms/<name>/ and ?room_name=, as often as it is there."""
        names = parse_qs(scope["query_string"].decode("latin-1")).get("room_name", [])
        if name := scope["url_route"]["kwargs"].get("room_name"):
            names = [name, *names]
        for name in dict.fromkeys(names):
            await self.handle(orjson.dumps({"action": Action.JOIN_ROOM, "room_name": name}))

    async def room(self, frame: Frame) -> Room:
        """The room a frame is about, if the person may read it. Raises MissingField, InvalidField, NotFound."""
        return await in_database(selectors.get_room_for, self.user, text_field(frame, "room_name"))

    def followed_room_id(self, name: str) -> int | None:
        """The id of a room that this socket follows."""
        for key, sub in self.connection.subscriptions.items():
            if key.kind == "room" and sub.stream.name == name:
                return key.id
        return None

    def lost_stream(self, stream: Stream, reason: str) -> None:
        """Tell the client that it may not read the room any more."""
        self.connection.send_frame(FrameType.LEFT, room_name=stream.name, reason=reason)

    def stream_changed(self, stream: Stream, properties: dict[str, Any]) -> None:
        """Tell the client of the room's new properties."""
        self.connection.send_frame(FrameType.ROOM, room_name=stream.name, room=properties)


async def authenticate(consumer: Consumer, frame: Frame) -> None:
    """Take on the identity of a token."""
    if not await consumer.authenticate(text_field(frame, "token")):
        raise NotAuthenticated("The token is not valid, or no longer.")


async def ping(consumer: Consumer, frame: Frame) -> None:
    """Answer."""
    consumer.connection.send_frame(FrameType.PONG, request_id=frame.get("request_id"))


async def join_room(consumer: Consumer, frame: Frame) -> None:
    """Follow a room: from the version `after`, or from a page of `history` messages."""
    assert isinstance(consumer, ChatConsumer)
    after = number_field(frame, "after")
    history = number_field(frame, "history", most=MAX_HISTORY)
    room = await consumer.room(frame)
    connection, hub = consumer.connection, consumer.connection.hub
    key = room_key(room.pk)
    previous = connection.subscriptions.get(key)
    sub = await hub.subscribe(key, room.name, connection)
    if previous is not None:
        hub.unsubscribe(previous)
    connection.subscriptions[key] = sub
    stream = sub.stream
    try:
        # Looked at again now that nothing can be missed: a removal in between was told to nobody.
        room, role, epoch = await in_database(enter, consumer.user, room.name, after is not None)
        recovered = after is not None and after <= room.version and await hub.reach_back(stream, after)
        if not recovered:
            version, page = await in_database(newest_page, room, DEFAULT_HISTORY if history is None else history)
    except BaseException:
        hub.unsubscribe(sub)
        if connection.subscriptions.get(key) is sub:
            del connection.subscriptions[key]
        raise
    if connection.subscriptions.get(key) is not sub:
        return  # lost while joining, and told so
    connection.send_frame(
        FrameType.JOINED,
        room_name=room.name,
        epoch=epoch,
        version=room.version,
        recovered=recovered,
        room=room_wire(room),
        role=role,
        request_id=frame.get("request_id"),
    )
    if recovered:
        assert after is not None
        version = max(after, stream.version or 0)
        for _, part in stream.frames(after, version, stream.items_after(after, version)):
            connection.send_event(text_event(part))
    else:
        for part in stream.page_frames(version, page):
            connection.send_event(text_event(part))
    hub.proceed(sub, version)


def enter(user: User | AnonymousUser, name: str, resuming: bool) -> tuple[Room, str | None, str]:
    """The room, the person's role in it and the epoch; an open room is joined by going in. Raises NotFound.

    Coming back is not going in: somebody put out while away reads on, but is no member again without their doing.
    """
    room = selectors.get_room_for(user, name)
    member = selectors.get_membership(user, room)
    admits = room.kind == Room.Kind.OPEN and room.closed_at is None
    if member is None and isinstance(user, User) and admits and not resuming:
        member = services.member_join(user=user, room=room)
    return room, member.role if member else None, selectors.get_epoch()


def newest_page(room: Room, limit: int) -> tuple[int, list[bytes]]:
    """The newest messages of a room, and the version they are of.

    The room was read before them: a message with a higher version shows that everything up to it is in the page.
    """
    messages = selectors.recent_messages(room, limit=limit)
    version = max([room.version, *(message.version for message in messages)])
    return version, [message_bytes(message) for message in messages]


async def leave_room(consumer: Consumer, frame: Frame) -> None:
    """Follow a room no longer. The person stays a member."""
    assert isinstance(consumer, ChatConsumer)
    name = text_field(frame, "room_name")
    room_id = consumer.followed_room_id(name)
    if room_id is None:
        raise NotFound(selectors.NO_ROOM)
    consumer.connection.hub.unsubscribe(consumer.connection.subscriptions.pop(room_key(room_id)))
    consumer.connection.send_frame(
        FrameType.LEFT, room_name=name, reason=LeftReason.ASKED, request_id=frame.get("request_id")
    )


async def send_message(consumer: Consumer, frame: Frame) -> None:
    """Post a message. The answer comes when it is committed; the next frame is not kept waiting."""
    assert isinstance(consumer, ChatConsumer)
    user = consumer.require_user()
    name = text_field(frame, "room_name")
    content = services.check_content(frame.get("content"))
    client_id = services.check_client_id(frame.get("client_id"))
    claimed = frame.get("user_name")
    if claimed is not None and claimed != user.username:
        raise InvalidField("user_name is not yours; leave it out.")
    room_id = consumer.followed_room_id(name)
    if room_id is None:
        room_id = (await consumer.room(frame)).pk
    new = services.NewMessage(room_id=room_id, author=user, content=content, client_id=client_id)
    get_writer().post(new, partial(answer_post, consumer, frame))


def answer_post(consumer: ChatConsumer, frame: Frame, outcome: Outcome) -> None:
    """Acknowledge a committed message, or say why it was refused."""
    if isinstance(outcome, ServiceError):
        consumer.refuse(outcome, frame)
        return
    consumer.connection.send_frame(
        FrameType.ACK,
        room_name=frame["room_name"],
        seq=outcome.message.seq,
        version=outcome.message.version,
        client_id=outcome.message.client_id,
        duplicate=outcome.duplicate or None,
        request_id=frame.get("request_id"),
    )


async def edit_message(consumer: Consumer, frame: Frame) -> None:
    """Give one's own message another content."""
    assert isinstance(consumer, ChatConsumer)
    user, seq, content = consumer.require_user(), seq_field(frame), frame.get("content")
    room = await consumer.room(frame)
    message = await in_database(services.message_edit, by=user, room=room, seq=seq, content=content)
    acknowledge_change(consumer, frame, message.seq, message.version)


async def delete_message(consumer: Consumer, frame: Frame) -> None:
    """Make a message a tombstone."""
    assert isinstance(consumer, ChatConsumer)
    user, seq = consumer.require_user(), seq_field(frame)
    room = await consumer.room(frame)
    message = await in_database(services.message_delete, by=user, room=room, seq=seq)
    acknowledge_change(consumer, frame, message.seq, message.version)


def acknowledge_change(consumer: Consumer, frame: Frame, seq: int, version: int) -> None:
    """Acknowledge a committed change of a message."""
    consumer.connection.send_frame(
        FrameType.ACK,
        room_name=frame["room_name"],
        seq=seq,
        version=version,
        request_id=frame.get("request_id"),
    )


async def get_recent_messages(consumer: Consumer, frame: Frame) -> None:
    """Answer with the newest messages, or the newest below a place, oldest first."""
    assert isinstance(consumer, ChatConsumer)
    before = number_field(frame, "before", least=1)
    limit = number_field(frame, "limit", least=1, most=MAX_HISTORY) or DEFAULT_RECENT
    room = await consumer.room(frame)

    def read() -> list[bytes]:
        messages = selectors.recent_messages(room, before=before, limit=limit)
        return [message_bytes(message) for message in messages]

    for part in split_by_size(await in_database(read)):
        consumer.connection.send_frame(
            FrameType.MESSAGES,
            room_name=room.name,
            version=room.version,
            history=True,
            messages=[orjson.Fragment(item) for item in part],
            request_id=frame.get("request_id"),
        )


ACTIONS: dict[str, Handler] = {
    Action.AUTHENTICATE: authenticate,
    Action.JOIN_ROOM: join_room,
    Action.LEAVE_ROOM: leave_room,
    Action.SEND_MESSAGE: send_message,
    Action.EDIT_MESSAGE: edit_message,
    Action.DELETE_MESSAGE: delete_message,
    Action.GET_RECENT_MESSAGES: get_recent_messages,
    Action.PING: ping,
}
ChatConsumer.actions = ACTIONS
