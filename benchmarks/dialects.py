"""The contenders' protocols: where a reader connects, how a message is sent, and which part of a frame is a message.

A message of the benchmark is a text that begins with its speaker's number and its own, counted from 1 per speaker.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import orjson

FILLER = "The quick brown fox jumps over the lazy dog, and nobody in the room is surprised by it any more."
MARK = re.compile(rb"~(\d+):(\d+)~")


class MessageId(NamedTuple):
    """Identifies a message: its speaker, and its number among that speaker's messages."""

    speaker: int
    number: int


def text_of(said: MessageId) -> str:
    """Return a message's text: about a hundred characters, the same for every contender."""
    return f"~{said.speaker}:{said.number}~ {FILLER}"


def message_id_in(text: bytes) -> MessageId | None:
    """Return which message a text is."""
    found = MARK.search(text)
    return MessageId(int(found[1]), int(found[2])) if found else None


class Dialect(Protocol):
    """What a load client needs to know about a contender's protocol."""

    ordered: bool  # whether messages have the same order for every reader

    def path(self, reader: int, room: str) -> str:
        """Return the path that a reader connects to."""
        ...

    def headers(self, reader: int) -> dict[str, str]:
        """Return a reader's request headers."""
        ...

    def say(self, said: MessageId, room: str) -> bytes:
        """Return a frame that sends a message."""
        ...


@dataclass
class Plain:
    """Peers in which opening the socket joins the room, and a frame is a message."""

    template: str
    ordered: bool = False

    def path(self, reader: int, room: str) -> str:
        return self.template.format(reader=reader, room=room)

    def headers(self, reader: int) -> dict[str, str]:
        return {}

    def say(self, said: MessageId, room: str) -> bytes:
        return text_of(said).encode()

    def heard(self, raw: bytes) -> MessageId | None:
        """Return which message a frame holds, or None for other frames."""
        return None if raw.startswith(b"You wrote") else message_id_in(raw)


class Tutorial(Plain):
    """The Channels tutorial's JSON, with an Origin of its own host, which it checks."""

    def headers(self, reader: int) -> dict[str, str]:
        return {"Origin": "http://127.0.0.1"}

    def say(self, said: MessageId, room: str) -> bytes:
        return orjson.dumps({"message": text_of(said)})


@dataclass
class Parlor:
    """Parlor's protocol (docs/protocol.md). `tokens` are the readers' access tokens."""

    tokens: list[str] = field(default_factory=list)
    ordered: bool = True

    def path(self, reader: int, room: str) -> str:
        return "/ws/"

    def headers(self, reader: int) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[reader]}"}

    def say(self, said: MessageId, room: str) -> bytes:
        # With a client_id, like the page and the client library: it makes retries safe.
        client_id = f"{said.speaker}:{said.number}"
        return orjson.dumps(
            {"action": "sendMessage", "room_name": room, "content": text_of(said), "client_id": client_id}
        )

    def join(self, room: str, after: int | None = None) -> bytes:
        """Return a frame that joins the room, from now on or from a version."""
        where: dict[str, Any] = {"history": 0} if after is None else {"after": after}
        return orjson.dumps({"action": "joinRoom", "room_name": room} | where)

    def leave(self, room: str) -> bytes:
        """Return a frame that leaves the room."""
        return orjson.dumps({"action": "leaveRoom", "room_name": room})
