"""Rooms of peers: messages have no global order, so only the order of each speaker's messages is checked."""

from __future__ import annotations

from time import perf_counter

from dialects import Dialect, MessageId, Plain
from ledger import Ledger
from load_clients import Reader, Room
from picows import WSFrame, WSMsgType, WSTransport


class UnorderedReader(Reader):
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        room = self.room
        raw = frame.get_payload_as_bytes()
        entry = room.known.get(raw)
        if entry is None:
            entry = room.parse_frame(raw, frame)
            if entry is None:
                return
        speaker, number = entry.said
        if self.last_numbers.get(speaker, 0) + 1 != number:
            room.ledger.fail(
                f"Reader {self.number} of {room.name} heard {number} of speaker {speaker} after "
                f"{self.last_numbers.get(speaker, 0)}."
            )
        self.last_numbers[speaker] = number
        room.ledger.times.append(perf_counter())
        room.ledger.which.append(entry.frame)
        if speaker == self.number:
            room.on_acknowledged(entry.said)
        entry.missing -= 1
        if not entry.missing:
            del room.known[raw]
            room.on_delivered(entry.said)


class Delivery:
    """A message in a frame, and how many readers are still waiting for it."""

    __slots__ = ("frame", "missing", "said")

    def __init__(self, said: MessageId, frame: int, missing: int) -> None:
        self.said, self.frame, self.missing = said, frame, missing


class UnorderedRoom(Room):
    """A peer's room: every reader gets each speaker's messages in their order."""

    reader_class = UnorderedReader
    dialect: Plain

    def __init__(self, name: str, dialect: Dialect, ledger: Ledger) -> None:
        super().__init__(name, dialect, ledger)
        self.known: dict[bytes, Delivery] = {}

    def parse_frame(self, raw: bytes, frame: WSFrame) -> Delivery | None:
        """Parse a frame that nobody got before. Returns None if it is not a message."""
        if frame.msg_type != WSMsgType.TEXT:
            return None
        said = self.dialect.heard(raw)
        if said is None:
            return None
        if said not in self.index:
            self.ledger.fail(f"Something was heard in {self.name} that nobody said there: {raw[:80]!r}.")
            return None
        heard = self.known[raw] = Delivery(said, self.ledger.frame([self.index[said]]), self.readers)
        return heard
