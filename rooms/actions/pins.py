"""Actions that pin and unpin messages."""

from __future__ import annotations

from collections.abc import Callable

from chatproject.realtime.database import in_database
from chatproject.realtime.sockets.consumer import Consumer
from chatproject.realtime.sockets.socket import Frame
from rooms.actions.messages import acknowledge_change
from rooms.live.consumer import ChatConsumer
from rooms.live.frame_fields import seq_field
from rooms.models import Message
from rooms.services.pins import message_pin, message_unpin


async def pin_message(consumer: Consumer, frame: Frame) -> None:
    """Pin a message."""
    await _change(message_pin, consumer, frame)


async def unpin_message(consumer: Consumer, frame: Frame) -> None:
    """Unpin a message."""
    await _change(message_unpin, consumer, frame)


async def _change(service: Callable[..., Message], consumer: Consumer, frame: Frame) -> None:
    assert isinstance(consumer, ChatConsumer)
    user, seq = consumer.require_user(), seq_field(frame)
    room = await consumer.room(frame)
    message = await in_database(service, by=user, room=room, seq=seq)
    acknowledge_change(consumer, frame, message.seq, message.version)
