"""Workloads with one room and many readers: the cost of a delivery, and how it grows."""

from __future__ import annotations

from collections.abc import Sequence

from contenders import Contender, Parlors, Service, chats, fastapi
from ledger import Ledger, check
from load_clients import run_load, run_steadily
from measurements import Meter, Sample
from room_factory import room_for
from workloads import WARM_SECONDS, Workload, wait_until_idle


class FanOut(Workload):
    """One room with many readers. Some of them send, each as soon as everybody has their last message."""

    name = "fanout"
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
        await room.connect(service.address, range(self.people))
        samples = []
        for in_flight in self.in_flight:
            await run_load([room], WARM_SECONDS, in_flight)
            await wait_until_idle(service)
            ledger.restart()
            meter = Meter(service)
            await run_load([room], self.scale.seconds, in_flight)
            samples.append(self.sample(meter, f"{in_flight} in flight", contender, ledger))
        room.leave()
        check(ledger)
        return samples


class Readers(FanOut):
    """How the cost of a delivery grows with the number of readers."""

    name = "readers"
    quick = False
    most_turns = 2
    title = "Fan-out by number of readers, 64 in flight"
    sizes = (50, 2000)  # 500 are in the fan-out itself

    @property
    def people(self) -> int:
        return max(self.sizes)

    def contenders(self) -> Sequence[Contender]:
        return [Parlors("uvicorn"), fastapi()]

    def rooms(self, turn: int) -> list[str]:
        return [f"{self.name}-{turn}-{size}" for size in self.sizes]

    async def play(self, contender: Contender, service: Service, turn: int) -> list[Sample]:
        samples = []
        for size, name in zip(self.sizes, self.rooms(turn), strict=True):
            ledger = Ledger()
            room = room_for(name, contender.dialect, ledger)
            await room.connect(service.address, range(size))
            await run_load([room], WARM_SECONDS, 64 if size > 64 else size)
            await wait_until_idle(service)
            ledger.restart()
            meter = Meter(service)
            await run_load([room], self.scale.seconds, 64 if size > 64 else size)
            samples.append(self.sample(meter, f"{size} readers", contender, ledger))
            room.leave()
            check(ledger)
            await wait_until_idle(service)
        return samples


class Workers(FanOut):
    """One worker, two and four with one Redis, all on one core, so that CPU is compared."""

    name = "workers"
    most_turns = 2
    title = "Workers on one Redis, 1,000 readers, 64 in flight"
    in_flight = (64,)

    @property
    def people(self) -> int:
        return self.scaled(1000)

    def contenders(self) -> Sequence[Contender]:
        return [Parlors("uvicorn"), Parlors("uvicorn", workers=2), Parlors("uvicorn", workers=4)]


class Steady(Workload):
    """A calm day: many readers, who take turns to send at a steady rate."""

    name = "steady"
    quick = False
    title = "Steady state: 1,000 readers, 20 messages a second"
    unit, units = "delivery", "deliveries"
    rate = 20.0

    @property
    def people(self) -> int:
        return self.scaled(1000)

    def contenders(self) -> Sequence[Contender]:
        return [Parlors("uvicorn"), fastapi()]

    async def play(self, contender: Contender, service: Service, turn: int) -> list[Sample]:
        ledger = Ledger()
        room = room_for(self.rooms(turn)[0], contender.dialect, ledger)
        await room.connect(service.address, range(self.people))
        await run_load([room], WARM_SECONDS, 1)
        await wait_until_idle(service)
        ledger.restart()
        meter = Meter(service)
        await run_steadily(room, 3 * self.scale.seconds, self.rate)
        sample = self.sample(meter, "", contender, ledger)
        room.leave()
        check(ledger)
        return [sample]
