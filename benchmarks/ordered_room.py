"""Parlor's rooms: every reader gets every message in the same order, even after reconnecting."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from time import perf_counter

import orjson
from dialects import Dialect, MessageId, Parlor, message_id_in
from ledger import Ledger, check
from load_clients import DELIVERY_TIMEOUT, Reader, Room
from picows import WSFrame, WSMsgType, WSTransport


class OrderedReader(Reader):
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        room = self.room
        raw = frame.get_payload_as_bytes()
        step = room.steps.get(self.position)
        if step is None or step.raw != raw:
            step = room.parse_frame(self, raw, frame)
            if step is None:
                return
        room.ledger.times.append(perf_counter())
        room.ledger.which.append(step.frame)
        room.move(self, step.version)


class Step:
    """A frame that takes readers from one version to another."""

    __slots__ = ("frame", "raw", "version")

    def __init__(self, raw: bytes, version: int, frame: int) -> None:
        self.raw, self.version, self.frame = raw, version, frame


class OrderedRoom(Room):
    """A room of Parlor: every reader gets every message in the same order, by the rules of docs/protocol.md."""

    reader_class = OrderedReader
    dialect: Parlor

    def __init__(self, name: str, dialect: Dialect, ledger: Ledger) -> None:
        super().__init__(name, dialect, ledger)
        self.steps: dict[int, Step] = {}  # by the version they start from; the latest seen
        self.at: Counter[int] = Counter()  # the number of readers at each version
        self.low = 0  # the lowest of these versions
        self.seqs: dict[int, int] = {}  # the last seq at each version
        self.order: dict[int, MessageId] = {}  # by seq
        self.latest: dict[int, int] = {}  # each speaker's last number in that order
        self.completed = 0  # the seq up to which everybody has every message

    def connected(self, person: Reader) -> None:
        """Joining takes several frames more."""

    def parse_frame(self, reader: Reader, raw: bytes, frame: WSFrame) -> Step | None:
        """Parse a frame that differs from what others got at this position. Returns None if it has no messages."""
        if frame.msg_type == WSMsgType.CLOSE and not (self.leaving or reader.leaving):
            self.ledger.fail(f"The server closed reader {reader.number} of {self.name}: {frame.get_close_code()}.")
        if frame.msg_type != WSMsgType.TEXT:
            return None
        content = orjson.loads(raw)
        kind = content["type"]
        if kind == "ack":
            self._acknowledge(reader, content)
        elif kind == "welcome":
            assert reader.transport is not None
            after = reader.position if reader.position >= 0 else None
            reader.transport.send(WSMsgType.TEXT, self.dialect.join(self.name, after))
        elif kind == "joined":
            self.seqs.setdefault(content["room"]["version"], content["room"]["last_seq"])
            if reader.position >= 0:
                self._come_back(reader, recovered=content["recovered"])
        elif kind == "left" and not reader.reading:
            reader.ready.set_result(None)
        elif kind in {"error", "left"}:
            self.ledger.fail(f"Reader {reader.number} of {self.name} was told {raw[:200]!r}.")
            if not reader.ready.done():
                reader.ready.set_result(None)
        elif kind == "messages" and content["after"] is None:
            self._enter(reader, content)
        elif kind == "messages":
            return self._step(reader, raw, content)
        return None

    def _enter(self, reader: Reader, content: dict) -> None:
        if not reader.reading:  # a member now, as required to write
            assert reader.transport is not None
            reader.transport.send(WSMsgType.TEXT, self.dialect.leave(self.name))
            return
        reader.position = content["version"]
        if reader.position not in self.seqs:
            self.ledger.fail(f"Reader {reader.number} of {self.name} was let in at an unknown version.")
        self.completed = self.seqs.get(reader.position, 0)
        self.at[reader.position] += 1
        self.low = min(self.at)
        reader.ready.set_result(None)

    def _come_back(self, reader: Reader, *, recovered: bool) -> None:
        if not recovered:
            self.ledger.fail(f"Reader {reader.number} of {self.name} could not resume.")
        reader.ready.set_result(None)

    def drop(self, people: Sequence[Reader]) -> None:
        """Abort people's connections."""
        for person in people:
            person.leaving = True
            assert person.transport is not None
            person.transport.disconnect(False)
            self.at[person.position] -= 1
        self.at = +self.at
        self.low = min(self.at)

    async def resume(self, address: str, people: Sequence[Reader]) -> list[float]:
        """Reconnect everybody at once. Returns the seconds until each was in sync. Raises Violation."""
        back = []
        for person in people:
            again = self.reader_class(self, person.number)
            again.position, again.said, again.acked = person.position, person.said, person.acked
            back.append(again)
            self.at[again.position] += 1
        self.low = min(self.at)
        began = perf_counter()
        await self._connect_all(address, back)
        latest = max(self.at)
        while self.low < latest and not self.ledger.failed.is_set() and perf_counter() - began < DELIVERY_TIMEOUT:
            await asyncio.sleep(0.01)
        if self.low < latest:
            self.ledger.fail(f"In {self.name} not everybody was in sync after {DELIVERY_TIMEOUT:g} s.")
        check(self.ledger)
        self.people = [*(person for person in self.people if not person.leaving), *back]
        return [person.in_sync_at - began for person in back]

    def _step(self, reader: Reader, raw: bytes, content: dict) -> Step | None:
        position, version = reader.position, content["version"]
        if content["after"] > position or version <= position:
            self.ledger.fail(
                f"Reader {reader.number} of {self.name} got versions {content['after']} to {version} at {position}."
            )
            return None
        indexes = []
        seq = self.seqs[position]
        for message in content["messages"]:
            if message["version"] <= position:
                continue
            seq += 1
            said = message_id_in(message["content"].encode())
            if message["seq"] != seq or said is None or not self._in_order(seq, said):
                self.ledger.fail(f"Reader {reader.number} of {self.name} got {message['seq']} ({said}) for {seq}.")
                return None
            indexes.append(self.index[said])
        self.seqs[version] = seq
        step = self.steps[position] = Step(raw, version, self.ledger.frame(indexes))
        return step

    def _in_order(self, seq: int, said: MessageId) -> bool:
        if seq in self.order:
            return self.order[seq] == said
        if said not in self.index or self.latest.get(said.speaker, 0) + 1 != said.number:
            return False
        self.latest[said.speaker] = said.number
        self.order[seq] = said
        return True

    def move(self, reader: Reader, version: int) -> None:
        """Called when a reader has reached a version."""
        old, reader.position, reader.in_sync_at = reader.position, version, perf_counter()
        self.at[version] += 1
        self.at[old] -= 1
        if not self.at[old]:
            del self.at[old]
            self.steps.pop(old, None)
            if old == self.low:
                self.low = min(self.at)
                for seq in range(self.completed + 1, self.seqs[self.low] + 1):
                    self.on_delivered(self.order[seq])
                self.completed = self.seqs[self.low]

    def _acknowledge(self, speaker: Reader, content: dict) -> None:
        said = MessageId(*map(int, content["client_id"].split(":")))
        if said.number != speaker.acked + 1 or said.speaker != speaker.number:
            self.ledger.fail(f"Speaker {speaker.number} of {self.name} got an ack for {said} after {speaker.acked}.")
        speaker.acked = said.number
        self.unacknowledged -= 1
        self.on_acknowledged(said)
