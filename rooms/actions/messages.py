"""Actions that post, edit, delete and list messages."""

from __future__ import annotations

from functools import partial

import orjson
from django.utils.translation import gettext_lazy as _

from chatproject.realtime.database import in_database
from chatproject.realtime.delivery.stream import split_by_size
from chatproject.realtime.protocol import FrameType
from chatproject.realtime.sockets.consumer import Consumer
from chatproject.realtime.sockets.socket import Frame
from chatproject.realtime.sockets.subscribing import subscribed_key
from rooms.actions.rooms import MAX_HISTORY
from rooms.errors import InvalidField, NotAuthenticated, NotFound, ServiceError
from rooms.live.consumer import ChatConsumer
from rooms.live.frame_fields import number_field, seq_field, text_field
from rooms.live.message_queue import Outcome
from rooms.markdown import may_mention_everybody
from rooms.models import Room, User
from rooms.people.names import name_key
from rooms.rate_limits import Budget, charge, sender_key
from rooms.selectors.messages import recent_messages
from rooms.services.attachments import attachment_delete, check_attachment_ids
from rooms.services.messages import message_delete, message_edit
from rooms.services.posting import NewMessage
from rooms.services.text_rules import check_client_id, check_content, check_guest_name
from rooms.wire import message_bytes

DEFAULT_RECENT = 10
MAX_REMEMBERED = 100  # rooms that one socket remembers having written in


async def send_message(consumer: Consumer, frame: Frame) -> None:
    """Post a message. It is acknowledged once it is committed; the next frame does not wait for that."""
    assert isinstance(consumer, ChatConsumer)
    name = text_field(frame, "room_name")
    attachment_ids = check_attachment_ids(frame.get("attachment_ids"))
    content = check_content(frame.get("content"), optional=bool(attachment_ids))
    client_id = check_client_id(frame.get("client_id"))
    reply_to = number_field(frame, "reply_to", minimum=1)
    user = consumer.user
    author = user if isinstance(user, User) else None
    claimed = frame.get("user_name")
    guest_name = ""
    if author is None:
        room_id = await guests_room_id(consumer, frame)
        guest_name = check_guest_name(claimed)
    elif claimed is not None and not (isinstance(claimed, str) and name_key(claimed) == name_key(author.username)):
        raise InvalidField(_("This is not your username. Leave it out."), field="user_name")
    else:
        room_id = await members_room_id(consumer, frame, name)
    if author is not None and may_mention_everybody(content):
        await in_database(charge, Budget.ROOM_MENTIONS, sender_key(author, ""))
    new = NewMessage(room_id, author, content, client_id, guest_name, reply_to, attachment_ids)
    consumer.messages.post(new, partial(answer_post, consumer, frame))


async def members_room_id(consumer: ChatConsumer, frame: Frame, name: str) -> int:
    """Return the id of a room that the user may read, or could when they last wrote in it.

    Posting checks permissions.
    """
    key = subscribed_key(consumer, "room", name)
    if key is not None:
        return key.id
    room_id = consumer.written_in.get(name)
    return room_id if room_id is not None else (await consumer.room(frame)).pk


async def guests_room_id(consumer: ChatConsumer, frame: Frame) -> int:
    """Return the id of a room in which guests may write. Raises NotAuthenticated for any other, existing or not."""
    try:
        room = await consumer.room(frame)
    except NotFound as error:
        raise NotAuthenticated(_("Sign in first.")) from error
    if room.guests != Room.Guests.WRITE:
        raise NotAuthenticated(_("Guests can only read here. Sign in to write."))
    return room.pk


def answer_post(consumer: ChatConsumer, frame: Frame, outcome: Outcome) -> None:
    """Acknowledge a committed message, or say why it was rejected."""
    assert isinstance(consumer, ChatConsumer)
    name = frame["room_name"]
    if isinstance(outcome, ServiceError):
        consumer.written_in.pop(name, None)
        consumer.reject(outcome, frame)
        return
    if outcome.message.author_id is not None:
        if len(consumer.written_in) >= MAX_REMEMBERED:
            consumer.written_in.clear()
        consumer.written_in[name] = outcome.message.room_id
    consumer.connection.send_frame(
        FrameType.ACK,
        room_name=name,
        seq=outcome.message.seq,
        version=outcome.message.version,
        client_id=outcome.message.client_id,
        duplicate=outcome.duplicate or None,
        request_id=frame.get("request_id"),
    )


async def edit_message(consumer: Consumer, frame: Frame) -> None:
    """Edit one's own message."""
    assert isinstance(consumer, ChatConsumer)
    user, seq, content = consumer.require_user(), seq_field(frame), frame.get("content")
    base_version = number_field(frame, "base_version", minimum=1)
    room = await consumer.room(frame)
    message = await in_database(message_edit, by=user, room=room, seq=seq, content=content, base_version=base_version)
    acknowledge_change(consumer, frame, message.seq, message.version)


async def delete_message(consumer: Consumer, frame: Frame) -> None:
    """Replace a message with a tombstone."""
    assert isinstance(consumer, ChatConsumer)
    user, seq = consumer.require_user(), seq_field(frame)
    room = await consumer.room(frame)
    message = await in_database(message_delete, by=user, room=room, seq=seq)
    acknowledge_change(consumer, frame, message.seq, message.version)


async def delete_attachment(consumer: Consumer, frame: Frame) -> None:
    """Delete one file of a message."""
    assert isinstance(consumer, ChatConsumer)
    user, seq, attachment_id = consumer.require_user(), seq_field(frame), text_field(frame, "attachment_id")
    room = await consumer.room(frame)
    message = await in_database(attachment_delete, by=user, room=room, seq=seq, attachment_id=attachment_id)
    acknowledge_change(consumer, frame, message.seq, message.version)


def acknowledge_change(consumer: Consumer, frame: Frame, seq: int, version: int) -> None:
    """Acknowledge a committed change to a message."""
    consumer.connection.send_frame(
        FrameType.ACK,
        room_name=frame["room_name"],
        seq=seq,
        version=version,
        request_id=frame.get("request_id"),
    )


async def get_recent_messages(consumer: Consumer, frame: Frame) -> None:
    """Return the newest messages, or the newest ones before a `seq`, oldest first."""
    assert isinstance(consumer, ChatConsumer)
    before = number_field(frame, "before", minimum=1)
    limit = number_field(frame, "limit", minimum=1, maximum=MAX_HISTORY) or DEFAULT_RECENT
    room = await consumer.room(frame)

    def read() -> list[bytes]:
        messages = recent_messages(room, before=before, limit=limit)
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
