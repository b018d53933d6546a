"""How each contender is spoken to: where a reader connects, how a message is said, what of a frame is a message.

A message of the benchmark is a text that begins with its speaker's number and its own, counted from 1 for each speaker.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import orjson

FILLER = "The quick brown fox jumps over the lazy dog, and nobody in the room is surprised by it any more."
MARK = re.compile(rb"~(\d+):(\d+)~")


class MessageId(NamedTuple):
    """Which message: its speaker, and its number among that speaker's."""

    speaker: int
    number: int


def text_of(said: MessageId) -> str:
    """What is said: about a hundred characters, the same for every contender."""
    return f"~{said.speaker}:{said.number}~ {FILLER}"


def message_id_in(text: bytes) -> MessageId | None:
    """Which message a text holds."""
    found = MARK.search(text)
    return MessageId(int(found[1]), int(found[2])) if found else None


class Dialect(Protocol):
    """What a load client needs to know of a contender."""

    ordered: bool  # whether messages have a place in the room, the same for every reader

    def path(self, reader: int, room: str) -> str:
        """Where a reader connects."""
        ...

    def headers(self, reader: int) -> dict[str, str]:
        """What a reader sends along with that."""
        ...

    def say(self, said: MessageId, room: str) -> bytes:
        """A frame that says it."""
        ...


@dataclass
class Plain:
    """Peers where opening the socket is joining, and a frame is a message."""

    template: str
    ordered: bool = False

    def path(self, reader: int, room: str) -> str:
        return self.template.format(reader=reader, room=room)

    def headers(self, reader: int) -> dict[str, str]:
        return {}

    def say(self, said: MessageId, room: str) -> bytes:
        return text_of(said).encode()

    def heard(self, raw: bytes) -> MessageId | None:
        """Which message a frame holds, None when it is something else."""
        return None if raw.startswith(b"You wrote") else message_id_in(raw)


class Tutorial(Plain):
    """The Channels tutorial's JSON, from a page of its host, as it checks."""

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
        # With a client_id, as the page and the client for programs do: it is what makes sending again safe.
        client_id = f"{said.speaker}:{said.number}"
        return orjson.dumps(
            {"action": "sendMessage", "room_name": room, "content": text_of(said), "client_id": client_id}
        )

    def join(self, room: str, after: int | None = None) -> bytes:
        """A frame that follows the room, from now on or from a version."""
        where: dict[str, Any] = {"history": 0} if after is None else {"after": after}
        return orjson.dumps({"action": "joinRoom", "room_name": room} | where)

    def leave(self, room: str) -> bytes:
        """A frame that follows the room no longer."""
        return orjson.dumps({"action": "leaveRoom", "room_name": room})
