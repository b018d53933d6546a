"""The works: what contenders are asked to do, and how much of it."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from contenders import ChannelsTutorial, Contender, Parlors, Service, chats, fastapi
from crowd import Room, talk, until_quiet
from kinds import room_for
from ledger import Ledger, check
from machine import cpu_seconds
from measuring import Meter, Sample

WARM_SECONDS = 0.4
SETTLED = 0.02  # seconds of CPU in SETTLE_SECONDS, below which a server is at rest
SETTLE_SECONDS = 0.25


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    turns: int
    seconds: float  # of each measurement
    share: float = 1.0  # of the people


class Work(ABC):
    """One row of work. `unit` is what CPU is counted for."""

    name: ClassVar[str]
    title: ClassVar[str]
    unit: ClassVar[str]
    units: ClassVar[str]
    quick: ClassVar[bool] = False  # whether a quick look takes it in
    members: ClassVar[bool] = False  # whether everybody belongs to all rooms from the start

    def __init__(self, scale: Scale) -> None:
        self.scale = scale

    @abstractmethod
    def contenders(self) -> Sequence[Contender]:
        """Who takes part, in turn."""

    @property
    @abstractmethod
    def people(self) -> int:
        """How many accounts are needed."""

    def rooms(self, turn: int) -> list[str]:
        """The rooms of a turn."""
        return [f"{self.name}-{turn}"]

    @abstractmethod
    def play(self, contender: Contender, service: Service, turn: int) -> Coroutine[Any, Any, list[Sample]]:
        """One turn of one contender. Raises ledger.Violation."""

    def sample(self, meter: Meter, case: str, contender: Contender, ledger: Ledger, **extra: Any) -> Sample:
        """Deliveries, and how long they took."""
        return meter.sample(self.name, case, contender.label, ledger.deliveries, ledger.latencies, **extra)

    def scaled(self, number: int) -> int:
        """That many people, or fewer in a quick run."""
        return max(1, round(number * self.scale.share))


async def settle(service: Service) -> None:
    """Wait until the server is at rest, after what came before."""
    for _ in range(80):
        before = cpu_seconds(service.families()["server"])
        await asyncio.sleep(SETTLE_SECONDS)
        if cpu_seconds(service.families()["server"]) - before <= SETTLED:
            return


class FanOut(Work):
    """One room, many readers; some of them talk, each saying the next when all have the one before."""

    name = "fanout"
    quick = True
    title = "Fan-out: 500 readers in a room"
    unit, units = "delivery", "deliveries"
    in_flight = (64, 8, 1)

    @property
    def people(self) -> int:
        return self.scaled(500)

    def contenders(self) -> Sequence[Contender]:
        return chats()

    async def play(self, contender: Contender, service: Service, turn: int) -> list[Sample]:
        ledger = Ledger()
        room = room_for(self.rooms(turn)[0], contender.dialect, ledger)
        await room.come(service.address, range(self.people))
        samples = []
        for in_flight in self.in_flight:
            await talk([room], WARM_SECONDS, in_flight)
            await settle(service)
            ledger.restart()
            meter = Meter(service)
            await talk([room], self.scale.seconds, in_flight)
            samples.append(self.sample(meter, f"{in_flight} in flight", contender, ledger))
        room.leave()
        check(ledger)
        return samples


class Readers(FanOut):
    """How the cost of a delivery grows with the readers."""

    name = "readers"
    quick = False
    title = "Fan-out by number of readers, 64 in flight"
    sizes = (50, 500, 2000)

    @property
    def people(self) -> int:
        return max(self.sizes)

    def contenders(self) -> Sequence[Contender]:
        return [Parlors("uvicorn"), Parlors("daphne"), fastapi()]

    def rooms(self, turn: int) -> list[str]:
        return [f"{self.name}-{turn}-{size}" for size in self.sizes]

    async def play(self, contender: Contender, service: Service, turn: int) -> list[Sample]:
        samples = []
        for size, name in zip(self.sizes, self.rooms(turn), strict=True):
            ledger = Ledger()
            room = room_for(name, contender.dialect, ledger)
            await room.come(service.address, range(size))
            await talk([room], WARM_SECONDS, 64 if size > 64 else size)
            await settle(service)
            ledger.restart()
            meter = Meter(service)
            await talk([room], self.scale.seconds, 64 if size > 64 else size)
            samples.append(self.sample(meter, f"{size} readers", contender, ledger))
            room.leave()
            check(ledger)
            await settle(service)
        return samples


class Workers(FanOut):
    """One worker and four, on one Redis; all of them on the one core, so that CPU is what is compared."""

    name = "workers"
    quick = False
    title = "Four workers on one Redis, 2,000 readers, 64 in flight"
    in_flight = (64,)

    @property
    def people(self) -> int:
        return self.scaled(2000)

    def contenders(self) -> Sequence[Contender]:
        return [Parlors("uvicorn"), Parlors("uvicorn", workers=4)]


class ManyRooms(Work):
    """Many small rooms, in each of which one after the other says something, when all there have the one before."""

    name = "rooms"
    quick = True
    title = "Many small rooms: 200 rooms of 5, all talking"
    unit, units = "message", "messages"
    size = 5

    @property
    def people(self) -> int:
        return self.scaled(200) * self.size

    def rooms(self, turn: int) -> list[str]:
        return [f"{self.name}-{turn}-{number}" for number in range(self.scaled(200))]

    def contenders(self) -> Sequence[Contender]:
        return [Parlors("uvicorn"), Parlors("daphne"), ChannelsTutorial(saves=True), ChannelsTutorial(saves=False)]

    async def play(self, contender: Contender, service: Service, turn: int) -> list[Sample]:
        ledger = Ledger()
        rooms = [room_for(name, contender.dialect, ledger) for name in self.rooms(turn)]
        for number, room in enumerate(rooms):
            room.rotating = True
            await room.come(service.address, range(number * self.size, (number + 1) * self.size))
        await talk(rooms, WARM_SECONDS, 1)
        await settle(service)
        ledger.restart()
        said = len(ledger.said_at)
        meter = Meter(service)
        await talk(rooms, self.scale.seconds, 1)
        count = len(ledger.said_at) - said
        sample = meter.sample(self.name, "", contender.label, lambda: count, ledger.latencies)
        for room in rooms:
            room.leave()
        check(ledger)
        return [sample]


class Ingest(Work):
    """Many who send, each the next message when the one before is acknowledged, which is after its commit.

    In the tutorial's room everybody reads, and one's own message coming back is the only acknowledgement there is; of
    Parlor both are measured: senders who only send, and senders who read along.
    """

    name = "ingest"
    quick = True
    title = "Ingest: 64 senders, 1 reader, acknowledged after commit"
    unit, units = "message", "messages"
    senders = 64

    @property
    def people(self) -> int:
        return self.senders + 1

    def rooms(self, turn: int) -> list[str]:
        return [f"{self.name}-{turn}", f"{self.name}-{turn}-along"]

    def contenders(self) -> Sequence[Contender]:
        parlors = [Parlors("uvicorn"), Parlors("uvicorn", postgres=True)]
        return [*parlors, Parlors("daphne"), ChannelsTutorial(saves=True)]

    async def play(self, contender: Contender, service: Service, turn: int) -> list[Sample]:
        samples = []
        cases = {"senders only send": False, "senders read along": True}
        for name, (case, along) in zip(self.rooms(turn), cases.items(), strict=True):
            if contender.dialect.ordered or along:
                samples.append(await self._case(contender, service, name, case, along=along))
        return samples

    async def _case(self, contender: Contender, service: Service, name: str, case: str, *, along: bool) -> Sample:
        ledger = Ledger()
        room = room_for(name, contender.dialect, ledger)
        room.next_on_ack = True
        await room.come(service.address, range(self.senders), reading=along)
        await room.come(service.address, [self.senders])
        await talk([room], WARM_SECONDS, self.senders)
        await settle(service)
        ledger.restart()
        said = len(ledger.said_at)
        meter = Meter(service)
        await talk([room], self.scale.seconds, self.senders)
        count = len(ledger.said_at) - said
        sample = meter.sample(self.name, case, contender.label, lambda: count, lambda: np.array(ledger.acks))
        room.leave()
        check(ledger)
        return sample


class Steady(Work):
    """A calm day: many readers, and messages at a steady rate by one after the other."""

    name = "steady"
    title = "Steady state: 1,000 readers, 20 messages a second"
    unit, units = "delivery", "deliveries"
    rate = 20.0

    @property
    def people(self) -> int:
        return self.scaled(1000)

    def contenders(self) -> Sequence[Contender]:
        return [Parlors("uvicorn"), Parlors("daphne"), fastapi()]

    async def play(self, contender: Contender, service: Service, turn: int) -> list[Sample]:
        ledger = Ledger()
        room = room_for(self.rooms(turn)[0], contender.dialect, ledger)
        await room.come(service.address, range(self.people))
        await talk([room], WARM_SECONDS, 1)
        await settle(service)
        ledger.restart()
        meter = Meter(service)
        await self._speak(room, 3 * self.scale.seconds)
        sample = self.sample(meter, "", contender, ledger)
        room.leave()
        check(ledger)
        return [sample]

    async def _speak(self, room: Room, seconds: float) -> None:
        began = time.perf_counter()
        room.quiet.clear()
        for number in range(round(seconds * self.rate)):
            await asyncio.sleep(max(0.0, began + number / self.rate - time.perf_counter()))
            room.say(room.people[number % len(room.people)])
        await until_quiet([room])
