"""How long a live message takes while clients ask the REST API as fast as they can."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter

from contenders import Contender, Parlors, Service
from http_load import REQUESTS, repeat
from ledger import Ledger, check
from load_clients import run_load, run_steadily
from measurements import Meter, Sample
from plain_django import PlainDjango
from room_factory import room_for
from workloads import WARM_SECONDS, Workload, wait_until_idle


class DeliveryUnderLoad(Workload):
    """A few people talk at a steady rate, first alone and then while many clients ask for pages of messages."""

    name = "delivery"
    title = "Delivery to 10 readers while clients ask for messages"
    unit, units = "delivery", "deliveries"
    drawn = "p99"
    members = True
    clients = (0, 50)
    rate = 20.0  # messages a second
    messages = 200  # in the room whose messages are asked for

    @property
    def people(self) -> int:
        return 10

    def rooms(self, turn: int) -> list[str]:
        return ["read", f"{self.name}-{turn}"]

    def contenders(self) -> Sequence[Contender]:
        return [Parlors("uvicorn"), Parlors("daphne"), PlainDjango("uvicorn")]

    async def play(self, contender: Contender, service: Service, turn: int) -> list[Sample]:
        assert isinstance(contender, Parlors)
        if turn == 0:
            contender.sign_in("read", self.messages)
        ledger = Ledger()
        room = room_for(f"{self.name}-{turn}", contender.dialect, ledger)
        await room.connect(service.address, range(self.people))
        await run_load([room], WARM_SECONDS, 1)
        samples = []
        for clients in self.clients:
            await wait_until_idle(service)
            ended = asyncio.Event()
            people = (contender.signed_in * clients)[:clients]
            asking = asyncio.create_task(repeat(REQUESTS["messages"], service.address, "read", people, ended))
            await asyncio.sleep(WARM_SECONDS)
            ledger.restart()
            meter = Meter(service)
            await run_steadily(room, 2 * self.scale.seconds, self.rate)
            took = perf_counter() - meter.began
            sample = self.sample(meter, f"{clients} clients", contender, ledger)
            ended.set()
            sample.extra["requests"] = len(await asking) / (took + WARM_SECONDS)
            sample.cpu.clear()  # mostly that of the requests
            samples.append(sample)
        room.leave()
        check(ledger)
        return samples
