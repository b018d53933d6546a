"""The TCP connections of a server process: how many there may be, and how long each may keep the server waiting.

Both servers tell a `Visit` where its client stands; once a second `Visits.check` ends what takes too long. When a
network, or the process, has as many connections as it may, the one that has kept the server waiting for longest gives
way to the new one, so that connections which ask for nothing can't keep others out.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from enum import IntEnum
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from typing import Protocol

from django.conf import settings

from chatproject.http.proxies import UNIX
from chatproject.realtime.addresses import network_of
from chatproject.servers.open_files import most_connections

logger = logging.getLogger(__name__)

HEAD_SECONDS = 20  # from the connection, or the first byte of a later request, until its headers are whole
BODY_PAUSE_SECONDS = 20  # without a byte of a body that has begun
BODY_SECONDS = 30  # for a whole body, and beyond that as long as BODY_RATE gives it
BODY_RATE = 8 * 1024  # bytes a second
IDLE_SECONDS = 65  # between two requests; longer than nginx keeps its side, or it would send into a closing connection
READ_PAUSE_SECONDS = 30  # without taking anything of an answer
READ_SECONDS = 120  # with something of an answer untaken all the time
LINGER_SECONDS = 10  # in which a refused client may go on sending, so that it reads the answer before it is cut off
MAX_HEAD_BYTES = 16 * 1024  # of a request's first line and headers
EVICTED_AT_ONCE = 64  # a full process makes room for a 64th of its connections: looking for them is not for free
COMPLAIN_SECONDS = 60  # between two log lines about connections that were turned away


class Phase(IntEnum):
    """Where a client stands. Up to IDLE, it is the client that is waited for."""

    HEAD = 0
    BODY = 1
    LINGER = 2
    IDLE = 3
    ANSWER = 4
    SOCKET = 5


class Client(Protocol):
    """The server's side of a connection."""

    def unsent(self) -> int:
        """How many bytes wait to be taken by the client."""

    def refuse(self, status: int) -> None:
        """Answer with this status, if no answer has begun, and close."""

    def end(self) -> None:
        """Close the connection, whatever has not been sent. `Visits.leave` is called by that."""


class Visit:
    """One connection. Its times are by `time.monotonic`."""

    __slots__ = (
        "client",
        "heard",
        "network",
        "phase",
        "received",
        "silent",
        "since",
        "stuck_since",
        "taken_at",
        "unsent",
    )

    def __init__(self, network: str, now: float) -> None:
        self.network = network
        self.client: Client
        self.phase = Phase.HEAD
        self.since = self.heard = now  # the phase; the last byte
        self.received = 0  # bytes of this phase
        self.silent = True  # nothing has come yet
        self.unsent = 0
        self.stuck_since = self.taken_at = 0.0

    def hear(self, now: float, size: int) -> None:
        """Called with each read."""
        if self.phase == Phase.IDLE:
            self.enter(Phase.HEAD, now)
        self.silent = False
        self.heard = now
        self.received += size

    def enter(self, phase: Phase, now: float) -> None:
        """Called when the client stands elsewhere."""
        self.phase = phase
        self.since = self.heard = now
        self.received = 0

    @property
    def waited_for(self) -> bool:
        """Whether the next step is the client's, so that nothing is lost to anybody else when it is sent away."""
        return self.phase <= Phase.IDLE

    def overdue(self, now: float) -> bool:
        """Whether the client has kept the server waiting for too long."""
        waited = now - self.since
        match self.phase:
            case Phase.HEAD:
                return waited > HEAD_SECONDS
            case Phase.BODY:
                return now - self.heard > BODY_PAUSE_SECONDS or waited > BODY_SECONDS + self.received / BODY_RATE
            case Phase.LINGER:
                return waited > LINGER_SECONDS
            case Phase.IDLE:
                return waited > IDLE_SECONDS
        return False

    def stuck(self, now: float) -> bool:
        """Whether the client does not take what it asked for."""
        unsent = self.client.unsent()
        if not unsent:
            self.unsent = 0
            return False
        if not self.unsent:
            self.stuck_since = self.taken_at = now
        elif unsent < self.unsent:
            self.taken_at = now
        self.unsent = unsent
        return now - self.taken_at > READ_PAUSE_SECONDS or now - self.stuck_since > READ_SECONDS


class Visits:
    """All connections of this process."""

    def __init__(
        self,
        *,
        most: int,
        most_of_network: int,
        proxies: Iterable[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        self.most, self.most_of_network = most, most_of_network
        self.count = 0
        self.by_network: defaultdict[str, set[Visit]] = defaultdict(set)
        self.proxies = [ip_network(proxy) for proxy in proxies if proxy != UNIX]
        self.turned_away = 0
        self.complained = -COMPLAIN_SECONDS * 1.0

    def admit(self, host: str) -> Visit | None:
        """A new connection from that address, empty over a unix socket. None when it is to be closed at once."""
        network = network_of(host)
        there = self.by_network.get(network, ())
        if len(there) >= self.most_of_network and not self._unlimited(host):
            self._make_room(there, len(there) - self.most_of_network + 1)
            if len(self.by_network.get(network, ())) >= self.most_of_network:
                self._complain(f"{network} has {self.most_of_network} connections")
                return None
        if self.count >= self.most:
            self._make_room(self._most_waited_for(), 1 + self.most // EVICTED_AT_ONCE)
            if self.count >= self.most:
                self._complain(f"there are {self.most} connections")
                return None
        visit = Visit(network, self.clock())
        self.by_network[network].add(visit)
        self.count += 1
        return visit

    def leave(self, visit: Visit) -> None:
        """Called when a connection has ended."""
        visits = self.by_network[visit.network]
        if visit in visits:
            self.count -= 1
            visits.remove(visit)
        if not visits:
            del self.by_network[visit.network]

    def check(self) -> None:
        """Called once a second: end what takes too long."""
        now = self.clock()
        http = [visit for visits in self.by_network.values() for visit in visits if visit.phase != Phase.SOCKET]
        for visit in http:
            if visit.stuck(now):
                visit.client.end()
            elif visit.overdue(now):
                if visit.silent or visit.phase in (Phase.IDLE, Phase.LINGER):
                    visit.client.end()  # it has asked for nothing, or has its answer
                else:
                    visit.client.refuse(HTTPStatus.REQUEST_TIMEOUT)

    def _unlimited(self, host: str) -> bool:
        try:
            address = ip_address(host)
        except ValueError:  # who may open a unix socket
            return True
        mapped = getattr(address, "ipv4_mapped", None)
        address = mapped or address
        return address.is_loopback or any(address in proxy for proxy in self.proxies)

    def _most_waited_for(self) -> Iterable[Visit]:
        """The connections of the network of which most are waited for."""
        return max(self.by_network.values(), key=lambda visits: sum(visit.waited_for for visit in visits), default=())

    def _make_room(self, visits: Iterable[Visit], count: int) -> None:
        waited_for = sorted((visit for visit in visits if visit.waited_for), key=lambda visit: visit.since)
        for visit in waited_for[:count]:
            visit.client.end()
            self.leave(visit)  # now: the server may take a moment to tell

    def _complain(self, reason: str) -> None:
        self.turned_away += 1
        now = self.clock()
        if now - self.complained >= COMPLAIN_SECONDS:
            logger.warning("connections turned away: %d; %s", self.turned_away, reason)
            self.turned_away, self.complained = 0, now


def visits_of_process() -> Visits:
    """The connections of a server process, with the limits that are configured."""
    return Visits(
        most=most_connections(),
        most_of_network=settings.MAX_OPEN_PER_NETWORK,
        proxies=settings.TRUSTED_PROXIES,
    )
