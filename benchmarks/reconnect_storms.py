"""The cost of connecting: sockets that join a room, and those that lose their connections at once and resume."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from contenders import ChannelsTutorial, Contender, Parlors, Service, fastapi
from ledger import Ledger, check
from load_clients import run_load
from machine import private_bytes
from measurements import Meter, Sample
from ordered_room import OrderedRoom
from room_factory import room_for
from servers import ROOT
from workloads import WARM_SECONDS, Workload, wait_until_idle

MISSED = 20  # messages sent while nobody is connected
COUNTS_WRITTEN_SECONDS = 1.0  # longer than benchmarks/counting takes to write


class CountedParlors(Parlors):
    """Parlor with its queries counted. Counting costs CPU, so its CPU is not comparable."""

    most_turns = 1  # the counts hardly differ

    def __init__(self, server: str) -> None:
        super().__init__(server)
        self.label += ", queries counted"
        self.quick = False

    @contextlib.contextmanager
    def serving(self) -> Iterator[Service]:
        self.counts = self.installation.folder / "queries.json"
        self.installation.environment |= {
            "DJANGO_SETTINGS_MODULE": "counting_settings",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'benchmarks' / 'counting'}",
            "QUERY_COUNTS": str(self.counts),
        }
        with super().serving() as service:
            yield service

    async def queries(self) -> Counter[str]:
        """Return how often each query has run so far."""
        await asyncio.sleep(COUNTS_WRITTEN_SECONDS)
        return Counter(json.loads(await asyncio.to_thread(self.counts.read_text)))


class Storm(Workload):
    """Everybody but one is disconnected, that one sends, and then all others reconnect at once."""

    name = "storm"
    title = "Reconnect storm: 1,000 signed-in sockets drop and resume in one room"
    unit, units = "socket", "sockets"
    members = True

    @property
    def people(self) -> int:
        return self.scaled(1000) + 1

    def contenders(self) -> Sequence[Contender]:
        return [Parlors("uvicorn"), Parlors("daphne"), CountedParlors("uvicorn")]

    def rooms(self, turn: int) -> list[str]:
        return [f"{self.name}-{turn}-{share}" for share in (4, 1)]

    async def play(self, contender: Contender, service: Service, turn: int) -> list[Sample]:
        counted = isinstance(contender, CountedParlors)
        shares = (4, 1) if counted else (1,)  # two sizes show what does not depend on them
        return [await self._storm(contender, service, f"{self.name}-{turn}-{share}", share) for share in shares]

    async def _storm(self, contender: Contender, service: Service, name: str, share: int) -> Sample:
        ledger = Ledger()
        room = room_for(name, contender.dialect, ledger)
        assert isinstance(room, OrderedRoom)
        size = (self.people - 1) // share
        await room.connect(service.address, range(size + 1))
        await run_load([room], WARM_SECONDS, 1)
        speaker, *others = room.people
        room.drop(others)
        await wait_until_idle(service)
        for _ in range(MISSED):
            room.say(speaker)
        await room.quiet.wait()
        await wait_until_idle(service)
        before = await contender.queries() if isinstance(contender, CountedParlors) else Counter()
        meter = Meter(service)
        times = await room.resume(service.address, others)
        sample = meter.sample(
            self.name,
            f"{size} sockets",
            contender.label,
            lambda: size,
            lambda: np.array(times),
            all_ms=max(times) * 1e3,
        )
        if isinstance(contender, CountedParlors):
            made = await contender.queries() - before
            sample.extra["queries"] = sum(made.values())
            sample.extra["queries_each"] = sum(count // size for count in made.values())
            sample.extra["queries_of_the_room"] = sum(count % size for count in made.values())
        await run_load([room], WARM_SECONDS, 1)  # they also get new messages
        room.leave()
        check(ledger)
        return sample


class Join(Workload):
    """Sockets that connect, sign in and join a room, and then do nothing: their cost, and the memory that each uses."""

    name = "join"
    title = "Join: 1,000 signed-in sockets connect and join a room"
    unit, units = "socket", "sockets"
    members = True
    first = 200  # connected before anything is measured

    @property
    def people(self) -> int:
        return self.first + self.scaled(1000)

    def contenders(self) -> Sequence[Contender]:
        return [Parlors("uvicorn"), Parlors("daphne"), fastapi(), ChannelsTutorial(saves=False)]

    async def play(self, contender: Contender, service: Service, turn: int) -> list[Sample]:
        room = room_for(self.rooms(turn)[0], contender.dialect, Ledger())
        await room.connect(service.address, range(self.first))
        await wait_until_idle(service)
        before = private_bytes(service.families()["server"])
        size = self.people - self.first
        room.joined_after.clear()
        meter = Meter(service)
        await room.connect(service.address, range(self.first, self.people))
        sample = meter.sample(self.name, "", contender.label, lambda: size, lambda: np.array(room.joined_after))
        await wait_until_idle(service)
        sample.extra["kilobytes_each"] = (private_bytes(service.families()["server"]) - before) / size / 1024
        room.leave()
        check(room.ledger)
        return [sample]
