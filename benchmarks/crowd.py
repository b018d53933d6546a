"""The load: many sockets in rooms, who talk, and who check that each of them gets every message once and in order.

Made to cost little, so that the server is what is measured: picows reads the frames, and a frame that another reader
got before is recognised byte for byte instead of being parsed again.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import Counter
from collections.abc import Sequence
from time import perf_counter

import numpy as np
import orjson
from dialects import Dialect, Parlor, Plain, Said, said_in
from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

CONNECTING_AT_ONCE = 40  # sockets: less than daphne's backlog
JOIN_SECONDS = 30.0
PATIENCE = 60.0  # seconds after the last message was said by which everybody must have it


class Violation(Exception):
    """A reader did not get every message once and in order; the message is one sentence."""


class Ledger:
    """When each message was said, and when each reader got a frame that holds it."""

    def __init__(self) -> None:
        self.said_at: list[float] = []  # by message
        self.frames: list[list[int]] = []  # the messages in each frame
        self.times = array("d")  # of each receipt of a frame
        self.which = array("L")  # the frame it was
        self.acks = array("d")  # seconds from saying to acknowledgement
        self.problem: str | None = None
        self.failed = asyncio.Event()

    def fail(self, problem: str) -> None:
        """Note what went wrong; the first counts."""
        if self.problem is None:
            self.problem = problem
            self.failed.set()

    def frame(self, messages: list[int]) -> int:
        """A new frame that holds these messages."""
        self.frames.append(messages)
        return len(self.frames) - 1

    def restart(self) -> None:
        """Count from now on. Call it when nothing is under way."""
        self.times, self.which, self.acks = array("d"), array("L"), array("d")

    def deliveries(self) -> int:
        """Messages received, by all readers together."""
        sizes = np.fromiter(map(len, self.frames), dtype=np.int64, count=len(self.frames))
        return int(sizes[np.frombuffer(self.which, dtype=np.uint64)].sum()) if self.which else 0

    def latencies(self) -> np.ndarray:
        """Seconds from saying to each receipt."""
        times, which = np.frombuffer(self.times), np.frombuffer(self.which, dtype=np.uint64).astype(np.int64)
        said = np.array(self.said_at)
        order = np.argsort(which, kind="stable")
        times, which = times[order], which[order]
        bounds = np.flatnonzero(np.diff(which)) + 1
        parts = [
            (group[:, None] - said[self.frames[frame]][None, :]).ravel()
            for group, frame in zip(np.split(times, bounds), which[np.r_[0, bounds]].tolist(), strict=True)
        ]
        return np.concatenate(parts)


class Reader(WSListener):  # type: ignore[misc]
    """One socket in one room."""

    def __init__(self, room: Room, number: int) -> None:
        self.room = room
        self.number = number
        self.transport: WSTransport | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.position = -1  # of an ordered room: the version reached
        self.heard: dict[int, int] = {}  # of any other: each speaker's last number
        self.reading = True
        self.leaving = False
        self.in_sync_at = 0.0
        self.said = 0
        self.acked = 0

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport
        self.room.connected(self)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self.room.leaving and not self.leaving:
            self.room.ledger.fail(f"Reader {self.number} of {self.room.name} lost its connection.")


class Room:
    """A room, those in it, and what is said. `readers` is how many are to hear each message."""

    reader_class: type[Reader]

    def __init__(self, name: str, dialect: Dialect, ledger: Ledger) -> None:
        self.name = name
        self.dialect = dialect
        self.ledger = ledger
        self.people: list[Reader] = []
        self.readers = 0
        self.leaving = False
        self.talking = False
        self.next_on_ack = False  # a speaker goes on at the acknowledgement, not when all have the message
        self.rotating = False  # another goes on each time
        self.index: dict[Said, int] = {}
        self.unheard = 0
        self.unacknowledged = 0
        self.quiet = asyncio.Event()
        self.quiet.set()

    # --- Coming and going --------------------------------------------------------------------------------------

    async def come(self, address: str, numbers: Sequence[int], *, reading: bool = True) -> None:
        """Connect people of these numbers and have them join. Those who are not `reading` only speak."""
        for start in range(0, len(numbers), CONNECTING_AT_ONCE):
            some = [self.reader_class(self, number) for number in numbers[start : start + CONNECTING_AT_ONCE]]
            for person in some:
                person.reading = reading
            await self._connect_all(address, some)
            self.people += some
        self.readers += len(numbers) if reading else 0

    async def _connect_all(self, address: str, people: Sequence[Reader]) -> None:
        results = await asyncio.gather(*(self._connect(address, person) for person in people), return_exceptions=True)
        failures = [result for result in results if isinstance(result, BaseException)]
        if failures:
            raise Violation(f"{len(failures)} of {len(people)} could not join {self.name}: {failures[0]!r}.")

    async def _connect(self, address: str, person: Reader) -> None:
        url = f"ws://{address}{self.dialect.path(person.number, self.name)}"
        async with asyncio.timeout(JOIN_SECONDS):
            await ws_connect(
                lambda: person,
                url,
                extra_headers=self.dialect.headers(person.number),
                websocket_handshake_timeout=JOIN_SECONDS,
            )
            await person.ready

    def connected(self, person: Reader) -> None:
        """A socket is open."""
        person.ready.set_result(None)

    def leave(self) -> None:
        """Everybody goes."""
        self.leaving = True
        for person in self.people:
            if person.transport is not None:
                person.transport.disconnect()

    # --- Talking -----------------------------------------------------------------------------------------------

    def say(self, speaker: Reader) -> None:
        """Have somebody say their next message."""
        speaker.said += 1
        said = Said(speaker.number, speaker.said)
        self.index[said] = len(self.ledger.said_at)
        self.unheard += 1
        self.unacknowledged += isinstance(self.dialect, Parlor)
        self.quiet.clear()
        assert speaker.transport is not None
        frame = self.dialect.say(said, self.name)
        self.ledger.said_at.append(perf_counter())
        speaker.transport.send(WSMsgType.TEXT, frame)

    def heard_by_all(self, said: Said) -> None:
        """A message has reached everybody."""
        self.unheard -= 1
        if not self.next_on_ack:
            self._go_on(said.speaker)
        self._look_whether_quiet()

    def acknowledged(self, said: Said) -> None:
        """A speaker knows that their message is kept: from an ack, or, where there are none, by hearing it."""
        self.ledger.acks.append(perf_counter() - self.ledger.said_at[self.index[said]])
        if self.next_on_ack:
            self._go_on(said.speaker)
        self._look_whether_quiet()

    def _go_on(self, speaker: int) -> None:
        if self.talking:
            place = speaker - self.people[0].number  # numbers are consecutive
            self.say(self.people[(place + 1) % len(self.people) if self.rotating else place])

    def begin(self, speakers: int) -> None:
        """Have the first `speakers` people talk from now on, each one message at a time."""
        self.talking = True
        for person in self.people[:speakers]:
            self.say(person)

    def _look_whether_quiet(self) -> None:
        if not self.unheard and not self.unacknowledged:
            self.quiet.set()


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


class OrderedReader(Reader):
    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        room = self.room
        raw = frame.get_payload_as_bytes()
        step = room.steps.get(self.position)
        if step is None or step.raw != raw:
            step = room.learn(self, raw, frame)
            if step is None:
                return
        room.ledger.times.append(perf_counter())
        room.ledger.which.append(step.frame)
        room.move(self, step.version)


class Step:
    """A frame that leads readers from one version to another."""

    __slots__ = ("frame", "raw", "version")

    def __init__(self, raw: bytes, version: int, frame: int) -> None:
        self.raw, self.version, self.frame = raw, version, frame


class OrderedRoom(Room):
    """A room of Parlor: every reader gets every message in one order, by the rules of docs/protocol.md."""

    reader_class = OrderedReader
    dialect: Parlor

    def __init__(self, name: str, dialect: Dialect, ledger: Ledger) -> None:
        super().__init__(name, dialect, ledger)
        self.steps: dict[int, Step] = {}  # by the version they start from; the latest seen
        self.at: Counter[int] = Counter()  # how many readers are at each version
        self.low = 0  # the lowest of these
        self.seqs: dict[int, int] = {}  # the last seq at each version
        self.order: dict[int, Said] = {}  # by seq
        self.latest: dict[int, int] = {}  # each speaker's last number in the order
        self.completed = 0  # the seq up to which everybody has everything

    def connected(self, person: Reader) -> None:
        """Joining takes some frames more."""

    def learn(self, reader: Reader, raw: bytes, frame: WSFrame) -> Step | None:
        """What a frame does that is not the one others got at this place, None when it brings no messages."""
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
        if not reader.reading:  # a member now, which is what it takes to write
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
        """Have people lose their connections."""
        for person in people:
            person.leaving = True
            assert person.transport is not None
            person.transport.disconnect(False)
            self.at[person.position] -= 1
        self.at = +self.at
        self.low = min(self.at)

    async def resume(self, address: str, people: Sequence[Reader]) -> list[float]:
        """Have them all come back at once. Returns when each was in sync, in seconds from now. Raises Violation."""
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
        while self.low < latest and not self.ledger.failed.is_set() and perf_counter() - began < PATIENCE:
            await asyncio.sleep(0.01)
        if self.low < latest:
            self.ledger.fail(f"In {self.name} not everybody was in sync after {PATIENCE:g} s.")
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
            said = said_in(message["content"].encode())
            if message["seq"] != seq or said is None or not self._in_order(seq, said):
                self.ledger.fail(f"Reader {reader.number} of {self.name} got {message['seq']} ({said}) for {seq}.")
                return None
            indexes.append(self.index[said])
        self.seqs[version] = seq
        step = self.steps[position] = Step(raw, version, self.ledger.frame(indexes))
        return step

    def _in_order(self, seq: int, said: Said) -> bool:
        if seq in self.order:
            return self.order[seq] == said
        if said not in self.index or self.latest.get(said.speaker, 0) + 1 != said.number:
            return False
        self.latest[said.speaker] = said.number
        self.order[seq] = said
        return True

    def move(self, reader: Reader, version: int) -> None:
        """A reader has come to a version."""
        old, reader.position, reader.in_sync_at = reader.position, version, perf_counter()
        self.at[version] += 1
        self.at[old] -= 1
        if not self.at[old]:
            del self.at[old]
            self.steps.pop(old, None)
            if old == self.low:
                self.low = min(self.at)
                for seq in range(self.completed + 1, self.seqs[self.low] + 1):
                    self.heard_by_all(self.order[seq])
                self.completed = self.seqs[self.low]

    def _acknowledge(self, speaker: Reader, content: dict) -> None:
        said = Said(*map(int, content["client_id"].split(":")))
        if said.number != speaker.acked + 1 or said.speaker != speaker.number:
            self.ledger.fail(f"Speaker {speaker.number} of {self.name} got an ack for {said} after {speaker.acked}.")
        speaker.acked = said.number
        self.unacknowledged -= 1
        self.acknowledged(said)


def room_for(name: str, dialect: Dialect, ledger: Ledger) -> Room:
    """A room as the contender has them."""
    return OrderedRoom(name, dialect, ledger) if dialect.ordered else LooseRoom(name, dialect, ledger)


async def until_quiet(rooms: Sequence[Room]) -> None:
    """Let nobody say more, and wait until everybody has everything. Raises Violation."""
    for room in rooms:
        room.talking = False
    ledger = rooms[0].ledger
    waiting = asyncio.gather(*(room.quiet.wait() for room in rooms))
    failing = asyncio.ensure_future(ledger.failed.wait())
    await asyncio.wait({waiting, failing}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    failing.cancel()
    if not waiting.done():
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        room = next(room for room in rooms if not room.quiet.is_set())
        ledger.fail(f"In {room.name} {room.unheard} messages did not reach everybody, {room.unacknowledged} no ack.")
    check(ledger)


def check(ledger: Ledger) -> None:
    """Raise Violation if something went wrong."""
    if ledger.problem is not None:
        raise Violation(ledger.problem)


async def talk(rooms: Sequence[Room], seconds: float, speakers: int) -> None:
    """Have people talk in all rooms for a while, until everybody has everything. Raises Violation."""
    for room in rooms:
        room.begin(speakers)
    try:
        async with asyncio.timeout(seconds):
            await rooms[0].ledger.failed.wait()
    except TimeoutError:
        pass
    await until_quiet(rooms)
