"""Actions that add and remove reactions."""

from __future__ import annotations

from collections.abc import Callable

from chatproject.realtime.database import in_database
from chatproject.realtime.sockets.consumer import Consumer
from chatproject.realtime.sockets.socket import Frame
from rooms.actions.messages import acknowledge_change
from rooms.live.consumer import ChatConsumer
from rooms.live.frame_fields import seq_field
from rooms.models import Message
from rooms.services.reactions import reaction_add, reaction_remove
from rooms.services.text_rules import check_emoji


async def add_reaction(consumer: Consumer, frame: Frame) -> None:
    """Add a reaction to a message."""
    await _change(reaction_add, consumer, frame)


async def remove_reaction(consumer: Consumer, frame: Frame) -> None:
    """Remove one's own reaction."""
    await _change(reaction_remove, consumer, frame)


async def _change(service: Callable[..., Message], consumer: Consumer, frame: Frame) -> None:
    assert isinstance(consumer, ChatConsumer)
    user, seq, emoji = consumer.require_user(), seq_field(frame), check_emoji(frame.get("emoji"))
    room = await consumer.room(frame)
    message = await in_database(service, by=user, room=room, seq=seq, emoji=emoji)
    acknowledge_change(consumer, frame, message.seq, message.version)
