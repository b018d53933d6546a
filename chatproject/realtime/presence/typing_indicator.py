"""Typing indicators. They are not stored, only shown to connected readers, and dropped rather than delayed."""

from __future__ import annotations

from typing import Any

import orjson

from chatproject.realtime.background.throttled_task import ThrottledTask
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.hub import Hub
from chatproject.realtime.delivery.publish import send_to_subscribers
from chatproject.realtime.delivery.stream import text_event
from chatproject.realtime.protocol import FrameType

TYPING = "typing"  # message type
MAX_PEOPLE = 10  # in one frame: nobody reads more names
# Minimum intervals between two messages to other processes, and between two frames.
SEND_SECONDS, SHOW_SECONDS = 0.25, 0.5

People = dict[int, dict[str, Any]]  # by user id, each as shown to readers


class TypingIndicator:
    """Batches twice: reports of sockets here for all processes, and reports of all processes for the readers here."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._outgoing: dict[StreamKey, People] = {}
        self._incoming: dict[StreamKey, People] = {}
        self._sending = ThrottledTask(hub, self._send, interval=SEND_SECONDS, failure="typing indicators not sent")
        self._showing = ThrottledTask(hub, self._show, interval=SHOW_SECONDS, failure="typing indicators not shown")
        hub.control_handlers[TYPING] = self._receive

    def report(self, key: StreamKey, person: dict[str, Any]) -> None:
        """Show the readers of a stream that somebody is typing; returns at once."""
        people = self._outgoing.setdefault(key, {})
        if len(people) < MAX_PEOPLE:
            people[person["user_id"]] = person
        self._sending.run_soon()

    async def _send(self) -> None:
        outgoing, self._outgoing = self._outgoing, {}
        for key, people in outgoing.items():
            send_to_subscribers(key, TYPING, people=list(people.values()))

    def _receive(self, message: dict[str, Any]) -> None:
        key = StreamKey(*message["stream"])
        if key in self._hub.streams:
            people = self._incoming.setdefault(key, {})
            people.update({person["user_id"]: person for person in message["people"][: MAX_PEOPLE - len(people)]})
            self._showing.run_soon()

    async def _show(self) -> None:
        incoming, self._incoming = self._incoming, {}
        for key, people in incoming.items():
            stream = self._hub.streams.get(key)
            if stream is None:
                continue
            frame = {"type": FrameType.TYPING, stream.source.name_field: stream.name, "people": list(people.values())}
            event = text_event(orjson.dumps(frame))
            for sub in list(stream.live):
                if not sub.reader.blocked:
                    sub.reader.send_event(event)
