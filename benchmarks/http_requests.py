"""The work of HTTP requests: the REST API, pages, and `/ping`, each asked by several connections at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Sequence

import numpy as np
from contenders import Contender, Parlors, Service, fastapi
from http_load import REQUESTS, Person, repeat
from measurements import Meter, Sample
from plain_django import InParlor, PlainDjango
from workloads import WARM_SECONDS, Workload, wait_until_idle

CONNECTIONS = 8
ROOMS = 20  # of each person
MESSAGES = 200  # in the room that is read
TITLES = {
    "ping": "/ping",
    "messages": "GET messages/?limit=10",
    "rooms": "GET rooms/",
    "unread": "GET unread/",
    "post": "POST messages/",
    "room-page": "room page, 50 messages",
    "home": "home page, 20 rooms",
}


class Requests(Workload):
    """Each request in turn, each connection sending the next one when the last one is answered."""

    name = "requests"
    title = f"HTTP requests: {CONNECTIONS} connections"
    unit, units = "request", "requests"
    members = True

    @property
    def people(self) -> int:
        return CONNECTIONS

    def rooms(self, turn: int) -> list[str]:
        return ["read", f"written-{turn}", *(f"another-{number}" for number in range(ROOMS - 1 - self.scale.turns))]

    def contenders(self) -> Sequence[Contender]:
        return [
            Parlors("uvicorn"),
            PlainDjango("uvicorn"),
            InParlor(),
            Parlors("daphne"),
            PlainDjango("daphne"),
            Parlors("uvicorn", postgres=True),
            PlainDjango("uvicorn", postgres=True),
            fastapi(),
        ]

    async def play(self, contender: Contender, service: Service, turn: int) -> list[Sample]:
        if not isinstance(contender, Parlors):
            return [await self._measure("ping", contender, service, "", [Person("")] * CONNECTIONS)]
        if turn == 0:
            contender.sign_in("read", MESSAGES)
        samples = []
        for name in REQUESTS:
            if name in self._measured(contender):
                room = f"written-{turn}" if name == "post" else "read"
                samples.append(await self._measure(name, contender, service, room, contender.signed_in))
        return samples

    def _measured(self, contender: Parlors) -> Container[str]:
        """Return which requests tell something about this contender."""
        if contender.postgres:
            return ("messages", "post")
        return [name for name, request in REQUESTS.items() if not (isinstance(contender, InParlor) and request.is_page)]

    async def _measure(
        self, name: str, contender: Contender, service: Service, room: str, people: Sequence[Person]
    ) -> Sample:
        async def ask(seconds: float) -> np.ndarray:
            ended = asyncio.Event()
            asyncio.get_running_loop().call_later(seconds, ended.set)
            return np.array(await repeat(REQUESTS[name], service.address, room, people, ended))

        await ask(WARM_SECONDS)
        await wait_until_idle(service)
        meter = Meter(service)
        waits = await ask(self.scale.seconds / 2)  # there are many of them
        return meter.sample(self.name, TITLES[name], contender.label, lambda: len(waits), lambda: waits)
