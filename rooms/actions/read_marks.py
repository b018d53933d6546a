"""Actions for read markers and unread counts."""

from __future__ import annotations

from functools import partial

from django.utils.translation import gettext_lazy as _

from chatproject.realtime.protocol import FrameType
from chatproject.realtime.sockets.consumer import Consumer
from chatproject.realtime.sockets.socket import Frame
from rooms.actions.messages import members_room_id
from rooms.errors import InvalidField, MissingField, ServiceError
from rooms.live.consumer import ChatConsumer
from rooms.live.frame_fields import number_field, text_field
from rooms.live.read_mark_queue import Outcome, get_read_mark_queue
from rooms.live.unread_counts import get_unread_counts
from rooms.services.read_marks import ReadMark


async def mark_read(consumer: Consumer, frame: Frame) -> None:
    """Move the user's read marker. It is acknowledged once it is committed; the next frame does not wait for that."""
    assert isinstance(consumer, ChatConsumer)
    user, name, seq = consumer.require_user(), text_field(frame, "room_name"), number_field(frame, "seq")
    if seq is None:
        raise MissingField(_("%(field)s not in message dict"), {"field": "seq"})
    rewind = frame.get("rewind", False)
    if not isinstance(rewind, bool):
        raise InvalidField(_("%(field)s must be true or false."), {"field": "rewind"})
    room_id = await members_room_id(consumer, frame, name)
    mark = ReadMark(user.pk, room_id, seq, rewind, consumer.connection_id)
    get_read_mark_queue().mark(mark, partial(answer_mark, consumer, frame))


def answer_mark(consumer: ChatConsumer, frame: Frame, outcome: Outcome) -> None:
    """Acknowledge a committed read marker, or say why it was rejected."""
    if isinstance(outcome, ServiceError):
        consumer.reject(outcome, frame)
        return
    consumer.connection.send_frame(
        FrameType.ACK, room_name=frame["room_name"], seq=outcome, request_id=frame.get("request_id")
    )


async def watch(consumer: Consumer, frame: Frame) -> None:
    """Send the user's rooms and unread counts, now and when they change; with `lobby`, also changes to public rooms."""
    assert isinstance(consumer, ChatConsumer)
    lobby = frame.get("lobby", False)
    if not isinstance(lobby, bool):
        raise InvalidField(_("%(field)s must be true or false."), {"field": "lobby"})
    consumer.shows_lobby = lobby
    get_unread_counts().watch(consumer, consumer.require_user().pk, frame.get("request_id"))
