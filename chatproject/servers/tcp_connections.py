"""Limits on the TCP connections of a server process: how many there are, and how long each may keep it waiting.

Both servers report each client's phase to a `TrackedConnection`. Once a second, `ConnectionTracker` disconnects clients
that take too long. When a network or the process is at its limit, a new connection replaces the one that has kept the
server waiting longest, so that idle connections can't keep others out.
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
from chatproject.servers.open_files import max_connections

logger = logging.getLogger(__name__)

HEAD_SECONDS = 20  # from connecting, or from the first byte of a later request, to the end of the headers
BODY_PAUSE_SECONDS = 20  # without a byte of a body that has begun
BODY_SECONDS = 30  # for a whole body, plus the time that it takes at BODY_RATE
BODY_RATE = 8 * 1024  # bytes per second
IDLE_SECONDS = 65  # between two requests; longer than nginx's timeout, or nginx would send into a closing connection
READ_PAUSE_SECONDS = 30  # without reading anything of a response
READ_SECONDS = 120  # with unread data all the time, none of which makes room for more of the response
# A rejected client may go on sending for this long, so that it reads the response before it is cut off.
LINGER_SECONDS = 10
MAX_HEAD_BYTES = 16 * 1024  # of the request line and the headers
EVICTION_DIVISOR = 64  # a full process evicts one in 64 of its connections at once, because finding them is expensive
LOG_INTERVAL_SECONDS = 60  # between two log lines about rejected connections


class Phase(IntEnum):
    """What a connection is doing. Up to IDLE, the server is waiting for the client."""

    HEAD = 0
    BODY = 1
    LINGER = 2
    IDLE = 3
    ANSWER = 4
    SOCKET = 5


class Client(Protocol):
    """The server's side of a connection."""

    def unsent_bytes(self) -> int:
        """Return how many bytes wait to be read by the client."""

    def reject(self, status: int) -> None:
        """Send an error response with this status, if no response has begun, and close the connection."""

    def disconnect(self) -> None:
        """Close the connection, even if data is unsent. This leads to a call of `ConnectionTracker.remove`."""


class TrackedConnection:
    """One connection. Its times are `time.monotonic` times."""

    __slots__ = (
        "client",
        "drained_at",
        "has_sent_nothing",
        "last_read_at",
        "network",
        "phase",
        "phase_started_at",
        "received",
        "unsent_bytes",
        "unsent_since",
    )

    def __init__(self, network: str, now: float) -> None:
        self.network = network
        self.client: Client
        self.phase = Phase.HEAD
        self.phase_started_at = self.last_read_at = now  # start of the phase; time of the last byte
        self.received = 0  # bytes in this phase
        self.has_sent_nothing = True  # until the first byte arrives
        self.unsent_bytes = 0
        self.unsent_since = self.drained_at = 0.0

    def record_read(self, now: float, size: int) -> None:
        """Record received data. Called with each read."""
        if self.phase == Phase.IDLE:
            self.enter_phase(Phase.HEAD, now)
        self.has_sent_nothing = False
        self.last_read_at = now
        self.received += size

    def record_drained(self, now: float) -> None:
        """Record that the client has read so much of a long response that there is room for more of it."""
        self.unsent_since = self.drained_at = now

    def enter_phase(self, phase: Phase, now: float) -> None:
        """Start another phase."""
        self.phase = phase
        self.phase_started_at = self.last_read_at = now
        self.received = 0

    @property
    def awaits_client(self) -> bool:
        """Whether the server is waiting for the client, so that disconnecting it harms nobody else."""
        return self.phase <= Phase.IDLE

    def is_overdue(self, now: float) -> bool:
        """Return whether the client has kept the server waiting for too long."""
        waited = now - self.phase_started_at
        match self.phase:
            case Phase.HEAD:
                return waited > HEAD_SECONDS
            case Phase.BODY:
                return now - self.last_read_at > BODY_PAUSE_SECONDS or waited > BODY_SECONDS + self.received / BODY_RATE
            case Phase.LINGER:
                return waited > LINGER_SECONDS
            case Phase.IDLE:
                return waited > IDLE_SECONDS
        return False

    def is_stalled(self, now: float) -> bool:
        """Return whether the client has stopped reading its response."""
        unsent_bytes = self.client.unsent_bytes()
        if not unsent_bytes:
            self.unsent_bytes = 0
            return False
        if not self.unsent_bytes:
            self.unsent_since = self.drained_at = now
        elif unsent_bytes < self.unsent_bytes:
            self.drained_at = now
        self.unsent_bytes = unsent_bytes
        return now - self.drained_at > READ_PAUSE_SECONDS or now - self.unsent_since > READ_SECONDS


class ConnectionTracker:
    """All connections of this process."""

    def __init__(
        self,
        *,
        max_total: int,
        max_per_network: int,
        proxies: Iterable[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        self.max_total, self.max_per_network = max_total, max_per_network
        self.count = 0
        self.by_network: defaultdict[str, set[TrackedConnection]] = defaultdict(set)
        self.proxies = [ip_network(proxy) for proxy in proxies if proxy != UNIX]
        self.rejected_count = 0
        self.logged_at = -LOG_INTERVAL_SECONDS * 1.0

    def add(self, host: str) -> TrackedConnection | None:
        """Add a connection from an address, which is empty over a unix socket. Returns None to close it at once."""
        network = network_of(host)
        connections = self.by_network.get(network, ())
        if len(connections) >= self.max_per_network and not self._is_exempt(host):
            self._make_room(connections, len(connections) - self.max_per_network + 1)
            if len(self.by_network.get(network, ())) >= self.max_per_network:
                self._log_rejection(f"{network} has {self.max_per_network} connections")
                return None
        if self.count >= self.max_total:
            self._make_room(self._network_with_most_waiting(), 1 + self.max_total // EVICTION_DIVISOR)
            if self.count >= self.max_total:
                self._log_rejection(f"there are {self.max_total} connections")
                return None
        connection = TrackedConnection(network, self.clock())
        self.by_network[network].add(connection)
        self.count += 1
        return connection

    def remove(self, connection: TrackedConnection) -> None:
        """Remove a connection that has ended."""
        connections = self.by_network[connection.network]
        if connection in connections:
            self.count -= 1
            connections.remove(connection)
        if not connections:
            del self.by_network[connection.network]

    def disconnect_overdue(self) -> None:
        """Disconnect clients that take too long. Called once a second."""
        now = self.clock()
        http = [
            connection
            for connections in self.by_network.values()
            for connection in connections
            if connection.phase != Phase.SOCKET
        ]
        for connection in http:
            if connection.is_stalled(now):
                connection.client.disconnect()
            elif connection.is_overdue(now):
                if connection.has_sent_nothing or connection.phase in (Phase.IDLE, Phase.LINGER):
                    connection.client.disconnect()  # it has not asked for anything, or already has its response
                else:
                    connection.client.reject(HTTPStatus.REQUEST_TIMEOUT)

    def _is_exempt(self, host: str) -> bool:
        try:
            address = ip_address(host)
        except ValueError:  # a peer of a unix socket
            return True
        mapped = getattr(address, "ipv4_mapped", None)
        address = mapped or address
        return address.is_loopback or any(address in proxy for proxy in self.proxies)

    def _network_with_most_waiting(self) -> Iterable[TrackedConnection]:
        """Return the connections of the network with the most connections that wait for the client."""
        return max(
            self.by_network.values(),
            key=lambda connections: sum(connection.awaits_client for connection in connections),
            default=(),
        )

    def _make_room(self, connections: Iterable[TrackedConnection], count: int) -> None:
        waiting = sorted(
            (connection for connection in connections if connection.awaits_client),
            key=lambda connection: connection.phase_started_at,
        )
        for connection in waiting[:count]:
            connection.client.disconnect()
            self.remove(connection)  # at once: the server may report it later

    def _log_rejection(self, reason: str) -> None:
        self.rejected_count += 1
        now = self.clock()
        if now - self.logged_at >= LOG_INTERVAL_SECONDS:
            logger.warning("connections rejected: %d; %s", self.rejected_count, reason)
            self.rejected_count, self.logged_at = 0, now


def create_tracker() -> ConnectionTracker:
    """Return a tracker with the configured limits, for this server process."""
    return ConnectionTracker(
        max_total=max_connections(),
        max_per_network=settings.MAX_OPEN_PER_NETWORK,
        proxies=settings.TRUSTED_PROXIES,
    )
