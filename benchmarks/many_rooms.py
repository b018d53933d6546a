"""Workloads with many small rooms: the cost of a message, and how it grows."""

from __future__ import annotations

from collections.abc import Sequence

from contenders import ChannelsTutorial, Contender, Parlors, Service
from ledger import Ledger, check
from load_clients import run_load
from measurements import Meter, Sample
from room_factory import room_for
from workloads import WARM_SECONDS, Workload, wait_until_idle


class ManyRooms(Workload):
    """Many small rooms, in each of which people take turns to send, as soon as everybody has the last message."""

    name = "rooms"
    title = "Many small rooms: 200 rooms of 5, all talking"
    unit, units = "message", "messages"
    size = 5

    @property
    def people(self) -> int:
        return self.scaled(200) * self.size

    def rooms(self, turn: int) -> list[str]:
        return [f"{self.name}-{turn}-{number}" for number in range(self.scaled(200))]

    def contenders(self) -> Sequence[Contender]:
        return [Parlors("uvicorn"), Parlors("daphne"), ChannelsTutorial(saves=True)]

    async def play(self, contender: Contender, service: Service, turn: int) -> list[Sample]:
        return [await self._case(contender, service, self.rooms(turn), "")]

    async def _case(self, contender: Contender, service: Service, names: Sequence[str], case: str) -> Sample:
        ledger = Ledger()
        rooms = [room_for(name, contender.dialect, ledger) for name in names]
        for number, room in enumerate(rooms):
            room.rotating = True
            await room.connect(service.address, range(number * self.size, (number + 1) * self.size))
        await run_load(rooms, WARM_SECONDS, 1)
        await wait_until_idle(service)
        ledger.restart()
        said = len(ledger.said_at)
        meter = Meter(service)
        await run_load(rooms, self.scale.seconds, 1)
        count = len(ledger.said_at) - said
        sample = meter.sample(self.name, case, contender.label, lambda: count, ledger.latencies)
        for room in rooms:
            room.leave()
        check(ledger)
        return sample


class RoomsByNumber(ManyRooms):
    """How the cost of a message grows with the number of active rooms."""

    name = "roomsgrowth"
    quick = False
    most_turns = 2
    title = "Small rooms by their number"
    sizes = (20, 400)  # 200 are in the rooms themselves

    @property
    def people(self) -> int:
        return max(self.sizes) * self.size

    def rooms(self, turn: int) -> list[str]:
        return [f"{self.name}-{turn}-{number}" for number in range(sum(self.sizes))]

    def contenders(self) -> Sequence[Contender]:
        return [Parlors("uvicorn")]

    async def play(self, contender: Contender, service: Service, turn: int) -> list[Sample]:
        samples, names = [], self.rooms(turn)
        for size in self.sizes:
            some, names = names[:size], names[size:]
            samples.append(await self._case(contender, service, some, f"{size} rooms"))
            await wait_until_idle(service)
        return samples
