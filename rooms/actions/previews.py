"""Remove previews of links."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chatproject.realtime.database import in_database
from chatproject.realtime.sockets.consumer import Consumer
from chatproject.realtime.sockets.socket import Frame
from rooms.actions.messages import acknowledge_change
from rooms.errors import MissingField
from rooms.live.consumer import ChatConsumer
from rooms.live.frame_fields import number_field, seq_field
from rooms.services.preview_removal import preview_remove


async def remove_preview(consumer: Consumer, frame: Frame) -> None:
    """Remove a preview from a message."""
    assert isinstance(consumer, ChatConsumer)
    user, seq, preview_id = consumer.require_user(), seq_field(frame), number_field(frame, "preview_id", minimum=1)
    if preview_id is None:
        raise MissingField(_("%(field)s not in message dict"), {"field": "preview_id"})
    room = await consumer.room(frame)
    message = await in_database(preview_remove, by=user, room=room, seq=seq, preview_id=preview_id)
    acknowledge_change(consumer, frame, message.seq, message.version)
