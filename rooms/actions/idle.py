"""The action that says whether anybody uses the client."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from chatproject.realtime.sockets.consumer import Consumer
from chatproject.realtime.sockets.socket import Frame
from chatproject.realtime.sockets.supervisor import get_supervisor
from rooms.errors import InvalidField, MissingField
from rooms.live.consumer import ChatConsumer


async def set_idle(consumer: Consumer, frame: Frame) -> None:
    """Show the user as away while all their sockets are idle. It has no answer."""
    assert isinstance(consumer, ChatConsumer)
    consumer.require_user()
    idle = frame.get("idle")
    if idle is None:
        raise MissingField(_("%(field)s not in message dict"), {"field": "idle"})
    if not isinstance(idle, bool):
        raise InvalidField(_("%(field)s must be true or false."), {"field": "idle"})
    get_supervisor().registry.set_idle(consumer.connection, idle)
