"""Actions that concern the socket itself."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chatproject.realtime.protocol import FrameType
from chatproject.realtime.sockets.consumer import Consumer
from chatproject.realtime.sockets.socket import Frame
from rooms.errors import NotAuthenticated
from rooms.live.frame_fields import text_field


async def authenticate(consumer: Consumer, frame: Frame) -> None:
    """Adopt the identity of a token."""
    if not await consumer.authenticate(text_field(frame, "token")):
        raise NotAuthenticated(_("The token is invalid or has expired."))


async def ping(consumer: Consumer, frame: Frame) -> None:
    """Answer with a `pong`."""
    consumer.connection.send_frame(FrameType.PONG, request_id=frame.get("request_id"))
