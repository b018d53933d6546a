"""Who is typing where: kept nowhere, told to those who read along, and dropped rather than kept waiting."""

from __future__ import annotations

from typing import Any

import orjson

from chatproject.realtime.background.coalesced import Coalesced
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.hub import Hub
from chatproject.realtime.delivery.publish import tell_followers
from chatproject.realtime.delivery.stream import text_event
from chatproject.realtime.protocol import FrameType

TYPING = "typing"  # the message's type
MAX_TOLD = 10  # people in one frame: nobody reads more names
SEND_SECONDS, TELL_SECONDS = 0.25, 0.5  # between two messages to the other processes, and two frames, at least

People = dict[int, dict[str, Any]]  # by user id, each as they are shown


class TypingIndicator:
    """Gathers twice: what sockets here say, for all processes, and what all processes say, for the readers here."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._said: dict[StreamKey, People] = {}
        self._heard: dict[StreamKey, People] = {}
        self._sending = Coalesced(hub, self._send, seconds=SEND_SECONDS, what="typing not sent")
        self._telling = Coalesced(hub, self._tell, seconds=TELL_SECONDS, what="typing not told")
        hub.control[TYPING] = self._hear

    def say(self, key: StreamKey, person: dict[str, Any]) -> None:
        """Have the readers of a stream told that somebody is typing; returns at once."""
        people = self._said.setdefault(key, {})
        if len(people) < MAX_TOLD:
            people[person["user_id"]] = person
        self._sending.ask()

    async def _send(self) -> None:
        said, self._said = self._said, {}
        for key, people in said.items():
            tell_followers(key, TYPING, people=list(people.values()))

    def _hear(self, message: dict[str, Any]) -> None:
        key = StreamKey(*message["stream"])
        if key in self._hub.streams:
            people = self._heard.setdefault(key, {})
            people.update({person["user_id"]: person for person in message["people"][: MAX_TOLD - len(people)]})
            self._telling.ask()

    async def _tell(self) -> None:
        heard, self._heard = self._heard, {}
        for key, people in heard.items():
            stream = self._hub.streams.get(key)
            if stream is None:
                continue
            frame = {"type": FrameType.TYPING, stream.source.name_field: stream.name, "people": list(people.values())}
            event = text_event(orjson.dumps(frame))
            for sub in list(stream.live):
                if not sub.reader.blocked:
                    sub.reader.send_event(event)
