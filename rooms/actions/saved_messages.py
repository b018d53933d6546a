"""Actions that save messages, with or without a reminder."""

from __future__ import annotations

from chatproject.realtime.database import in_database
from chatproject.realtime.protocol import FrameType
from chatproject.realtime.sockets.consumer import Consumer
from chatproject.realtime.sockets.socket import Frame
from rooms.live.consumer import ChatConsumer
from rooms.live.frame_fields import seq_field
from rooms.services.saved_messages import message_save, message_unsave, reminder_set


async def save_message(consumer: Consumer, frame: Frame) -> None:
    """Save a message; with `remind_at`, also set its reminder."""
    assert isinstance(consumer, ChatConsumer)
    user, seq = consumer.require_user(), seq_field(frame)
    room = await consumer.room(frame)
    if "remind_at" in frame:
        await in_database(reminder_set, by=user, room=room, seq=seq, remind_at=frame["remind_at"])
    else:
        await in_database(message_save, by=user, room=room, seq=seq)
    _acknowledge(consumer, frame, seq)


async def unsave_message(consumer: Consumer, frame: Frame) -> None:
    """Remove a message from the saved ones."""
    assert isinstance(consumer, ChatConsumer)
    user, seq = consumer.require_user(), seq_field(frame)
    room = await consumer.room(frame)
    await in_database(message_unsave, by=user, room=room, seq=seq)
    _acknowledge(consumer, frame, seq)


def _acknowledge(consumer: Consumer, frame: Frame, seq: int) -> None:
    consumer.connection.send_frame(
        FrameType.ACK, room_name=frame["room_name"], seq=seq, request_id=frame.get("request_id")
    )
