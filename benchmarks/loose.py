"""Rooms of peers: a message has no place in them, so that each speaker's are in their order is all that is checked."""

from __future__ import annotations

from time import perf_counter

from crowd import Reader, Room
from dialects import Dialect, Plain, Said
from ledger import Ledger
from picows import WSFrame, WSMsgType, WSTransport


class LooseReader(Reader):
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        room = self.room
        raw = frame.get_payload_as_bytes()
        entry = room.known.get(raw)
        if entry is None:
            entry = room.learn(raw, frame)
            if entry is None:
                return
        speaker, number = entry.said
        if self.heard.get(speaker, 0) + 1 != number:
            room.ledger.fail(
                f"Reader {self.number} of {room.name} heard {number} of speaker {speaker} after "
                f"{self.heard.get(speaker, 0)}."
            )
        self.heard[speaker] = number
        room.ledger.times.append(perf_counter())
        room.ledger.which.append(entry.frame)
        if speaker == self.number:
            room.acknowledged(entry.said)
        entry.missing -= 1
        if not entry.missing:
            del room.known[raw]
            room.heard_by_all(entry.said)


class Heard:
    """A message as a frame brings it, and how many readers have not got it yet."""

    __slots__ = ("frame", "missing", "said")

    def __init__(self, said: Said, frame: int, missing: int) -> None:
        self.said, self.frame, self.missing = said, frame, missing


class LooseRoom(Room):
    """A room of a peer without places for messages: every reader gets each speaker's messages in their order."""

    reader_class = LooseReader
    dialect: Plain

    def __init__(self, name: str, dialect: Dialect, ledger: Ledger) -> None:
        super().__init__(name, dialect, ledger)
        self.known: dict[bytes, Heard] = {}

    def learn(self, raw: bytes, frame: WSFrame) -> Heard | None:
        """What a frame holds that nobody got before, None when it is no message."""
        if frame.msg_type != WSMsgType.TEXT:
            return None
        said = self.dialect.heard(raw)
        if said is None:
            return None
        if said not in self.index:
            self.ledger.fail(f"Something was heard in {self.name} that nobody said there: {raw[:80]!r}.")
            return None
        heard = self.known[raw] = Heard(said, self.ledger.frame([self.index[said]]), self.readers)
        return heard
