"""REST posting over open connections, each sending the next message when the last one is answered."""

from __future__ import annotations

import asyncio
import contextlib
import os
from array import array
from collections.abc import Iterator, Sequence
from time import perf_counter
from typing import Any

import numpy as np
import orjson
from contenders import PEERS, Contender, Parlors, Service
from dialects import MessageId, text_of
from ledger import Violation
from measurements import Meter, Sample
from workloads import WARM_SECONDS, Workload, wait_until_idle


class PlainDrf(Parlors):
    """A plain DRF `ListCreateAPIView` on the same model, in the same server and with the same authentication."""

    def __init__(self, server: str, *, postgres: bool = False) -> None:
        super().__init__(server, postgres=postgres)
        self.label = "plain DRF view" + (", PostgreSQL" if postgres else "")

    @contextlib.contextmanager
    def serving(self) -> Iterator[Service]:
        environment = self.installation.environment
        environment["DJANGO_SETTINGS_MODULE"] = "plain_settings"
        environment["PYTHONPATH"] += f"{os.pathsep}{PEERS / 'plain_drf'}"
        with super().serving() as service:
            yield service


class Poster(asyncio.Protocol):
    """One connection with minimal HTTP: both servers' responses have a Content-Length."""

    def __init__(self, number: int, room: str, token: str, waits: array[float], first: int) -> None:
        self.number = number
        self.waits = waits
        self.said = first - 1
        self.talking = True
        self.head = (
            f"POST /api/rooms/{room}/messages/ HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
            "Content-Type: application/json\r\nContent-Length: "
        ).encode()
        self.answered = asyncio.get_running_loop().create_future()
        self._received = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.post()

    def post(self) -> None:
        """Post the next message."""
        self.said += 1
        said = MessageId(self.number, self.said)
        self.text = text_of(said)
        body = orjson.dumps({"content": self.text, "client_id": f"{said.speaker}:{said.number}"})
        self.at = perf_counter()
        self.transport.write(b"%s%d\r\n\r\n%s" % (self.head, len(body), body))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        self.waits.append(perf_counter() - self.at)
        self._received = b""
        if not head.startswith(b"HTTP/1.1 201") or orjson.loads(body)["content"] != self.text:
            self._end(Violation(f"A message was answered by {head[:40]!r} {body[:200]!r}."))
        elif self.talking:
            self.post()
        else:
            self._end(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._end(Violation("The server closed a connection."))

    def _end(self, violation: Violation | None) -> None:
        if not self.answered.done():
            self.answered.set_exception(violation) if violation else self.answered.set_result(None)


class Posting(Workload):
    """REST posting by several concurrent clients, each over one open connection."""

    name = "rest"
    quick = True
    title = "REST posting: 8 connections"
    unit, units = "message", "messages"
    members = True
    clients = 8

    @property
    def people(self) -> int:
        return self.clients

    def contenders(self) -> Sequence[Contender]:
        return [
            Parlors("uvicorn"),
            PlainDrf("uvicorn"),
            Parlors("uvicorn", postgres=True),
            PlainDrf("uvicorn", postgres=True),
        ]

    async def play(self, contender: Contender, service: Service, turn: int) -> list[Sample]:
        assert isinstance(contender, Parlors)
        waits = array("d")
        await self._post(contender, service, turn, waits, first=1, seconds=WARM_SECONDS)
        await wait_until_idle(service)
        del waits[:]
        meter = Meter(service)
        await self._post(contender, service, turn, waits, first=1_000_000, seconds=self.scale.seconds)
        case = "PostgreSQL" if contender.postgres else "SQLite"
        return [meter.sample(self.name, case, contender.label, lambda: len(waits), lambda: np.array(waits))]

    async def _post(
        self, contender: Parlors, service: Service, turn: int, waits: array[float], *, first: int, seconds: float
    ) -> None:
        """Post for a while, until everything is answered. `first` is the number of each client's first message."""
        host, _, port = service.address.partition(":")
        room = self.rooms(turn)[0]
        posters = []
        for number, token in enumerate(contender.dialect.tokens):
            poster = Poster(number, room, token, waits, first)
            await asyncio.get_running_loop().create_connection(lambda poster=poster: poster, host, int(port))
            posters.append(poster)
        await asyncio.sleep(seconds)
        for poster in posters:
            poster.talking = False
        await asyncio.gather(*(poster.answered for poster in posters))
        for poster in posters:
            poster.transport.close()
