"""The load: many sockets in rooms that send messages and check that each gets every message once and in order.

It is cheap, so that the server is what is measured: picows reads the frames, and a frame that another reader got before
is recognised by its bytes instead of being parsed again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter

from dialects import Dialect, MessageId, Parlor
from ledger import Ledger, Violation, check
from picows import WSListener, WSMsgType, WSTransport, ws_connect

MAX_CONNECTING = 40  # sockets; less than daphne's backlog
JOIN_SECONDS = 30.0
DELIVERY_TIMEOUT = 60.0  # seconds after the last message by which every reader must have it


class Reader(WSListener):  # type: ignore[misc]
    """One socket in one room."""

    def __init__(self, room: Room, number: int) -> None:
        self.room = room
        self.number = number
        self.transport: WSTransport | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.position = -1  # in an ordered room: the version reached
        self.last_numbers: dict[int, int] = {}  # in other rooms: each speaker's last number
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
    """A room, its people and their messages. `readers` is how many people are to get each message."""

    reader_class: type[Reader]

    def __init__(self, name: str, dialect: Dialect, ledger: Ledger) -> None:
        self.name = name
        self.dialect = dialect
        self.ledger = ledger
        self.people: list[Reader] = []
        self.readers = 0
        self.leaving = False
        self.talking = False
        self.next_on_ack = False  # speakers continue after the ack, not after delivery to everybody
        self.rotating = False  # speakers take turns
        self.joined_after: list[float] = []  # seconds from connecting to having joined, of each person
        self.index: dict[MessageId, int] = {}
        self.unheard = 0
        self.unacknowledged = 0
        self.quiet = asyncio.Event()
        self.quiet.set()

    # --- Connecting --------------------------------------------------------------------------------------------

    async def connect(self, address: str, numbers: Sequence[int], *, reading: bool = True) -> None:
        """Connect people with these numbers and join the room. Those who are not `reading` only send."""
        for start in range(0, len(numbers), MAX_CONNECTING):
            some = [self.reader_class(self, number) for number in numbers[start : start + MAX_CONNECTING]]
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
        began = perf_counter()
        async with asyncio.timeout(JOIN_SECONDS):
            await ws_connect(
                lambda: person,
                url,
                extra_headers=self.dialect.headers(person.number),
                websocket_handshake_timeout=JOIN_SECONDS,
            )
            await person.ready
        self.joined_after.append(perf_counter() - began)

    def connected(self, person: Reader) -> None:
        """Called when a socket is open."""
        person.ready.set_result(None)

    def leave(self) -> None:
        """Disconnect everybody."""
        self.leaving = True
        for person in self.people:
            if person.transport is not None:
                person.transport.disconnect()

    # --- Messages ----------------------------------------------------------------------------------------------

    def say(self, speaker: Reader) -> None:
        """Send somebody's next message."""
        speaker.said += 1
        said = MessageId(speaker.number, speaker.said)
        self.index[said] = len(self.ledger.said_at)
        self.unheard += 1
        self.unacknowledged += isinstance(self.dialect, Parlor)
        self.quiet.clear()
        assert speaker.transport is not None
        frame = self.dialect.say(said, self.name)
        self.ledger.said_at.append(perf_counter())
        speaker.transport.send(WSMsgType.TEXT, frame)

    def on_delivered(self, said: MessageId) -> None:
        """Called when a message has reached everybody."""
        self.unheard -= 1
        if not self.next_on_ack:
            self._send_next(said.speaker)
        self._check_quiet()

    def on_acknowledged(self, said: MessageId) -> None:
        """Called when a speaker gets an ack or, in protocols without acks, their own message."""
        self.ledger.acks.append(perf_counter() - self.ledger.said_at[self.index[said]])
        if self.next_on_ack:
            self._send_next(said.speaker)
        self._check_quiet()

    def _send_next(self, speaker: int) -> None:
        if self.talking:
            place = speaker - self.people[0].number  # numbers are consecutive
            self.say(self.people[(place + 1) % len(self.people) if self.rotating else place])

    def start(self, speakers: int) -> None:
        """Let the first `speakers` people send from now on, each one message at a time."""
        self.talking = True
        for person in self.people[:speakers]:
            self.say(person)

    def _check_quiet(self) -> None:
        if not self.unheard and not self.unacknowledged:
            self.quiet.set()


async def wait_until_quiet(rooms: Sequence[Room]) -> None:
    """Stop sending, and wait until everybody has every message. Raises Violation."""
    for room in rooms:
        room.talking = False
    ledger = rooms[0].ledger
    waiting = asyncio.gather(*(room.quiet.wait() for room in rooms))
    failing = asyncio.ensure_future(ledger.failed.wait())
    await asyncio.wait({waiting, failing}, timeout=DELIVERY_TIMEOUT, return_when=asyncio.FIRST_COMPLETED)
    failing.cancel()
    if not waiting.done():
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        room = next(room for room in rooms if not room.quiet.is_set())
        ledger.fail(f"In {room.name} {room.unheard} messages did not reach everybody, {room.unacknowledged} no ack.")
    check(ledger)


async def run_load(rooms: Sequence[Room], seconds: float, speakers: int) -> None:
    """Send in all rooms for a while, then wait until everybody has every message. Raises Violation."""
    for room in rooms:
        room.start(speakers)
    try:
        async with asyncio.timeout(seconds):
            await rooms[0].ledger.failed.wait()
    except TimeoutError:
        pass
    await wait_until_quiet(rooms)


async def run_steadily(room: Room, seconds: float, rate: float) -> None:
    """Send so many messages a second, by everybody in turn, then wait until everybody has every message.

    Raises Violation.
    """
    began = perf_counter()
    room.quiet.clear()
    for number in range(round(seconds * rate)):
        await asyncio.sleep(max(0.0, began + number / rate - perf_counter()))
        room.say(room.people[number % len(room.people)])
    await wait_until_quiet([room])
