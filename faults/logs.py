"""What a client saw, in order, and what the database has: the material of the checker."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What happened to a client."""

    SEND = "send"  # a message was sent, for the first time or again
    ACK = "ack"  # the server has acknowledged a message
    EDITED = "edited"  # the server has acknowledged an edit
    REFUSED = "refused"  # the server has answered a send with an error after which a client does not try again
    JOINED = "joined"  # the room was joined; everything since the client's position follows
    STARTED_OVER = "started over"  # the room was joined, and a page follows: a gap is announced
    PAGE = "page"  # the page is complete, and has everything up to `version`
    RECEIVED = "received"  # a message arrived, new or changed
    GAP = "gap"  # a frame followed a version that the client does not have
    CLOSED = "closed"  # the connection has ended; `note` is its close code


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a log. `at` is a monotonic time of the lab's process."""

    at: float
    kind: Kind
    client_id: str = ""
    seq: int = 0
    version: int = 0
    content: str = ""
    note: str = ""


@dataclass
class Log:
    """Everything that happened to one client. One that has `left` need not have the latest messages."""

    name: str
    entries: list[Entry] = field(default_factory=list)
    left: bool = False

    def add(
        self, kind: Kind, *, client_id: str = "", seq: int = 0, version: int = 0, content: str = "", note: str = ""
    ) -> None:
        """Add an entry for now."""
        self.entries.append(Entry(time.monotonic(), kind, client_id, seq, version, content, note))

    def of(self, kind: Kind) -> Iterator[Entry]:
        """Return the entries of one kind."""
        return (entry for entry in self.entries if entry.kind == kind)


@dataclass(frozen=True, slots=True)
class Row:
    """A message in the database."""

    seq: int
    version: int
    author: str
    client_id: str
    content: str
