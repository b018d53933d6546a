"""Connections of httpcore that go only to checked addresses and end at a deadline."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import BoundedSemaphore, Thread
from typing import Any

import certifi
import httpcore

from chatproject.outgoing.addresses import Address, is_public
from chatproject.outgoing.errors import OutgoingError, Refused, TooSlow, Unusable
from chatproject.outgoing.urls import PORTS

MAX_LOOK_UPS = 8  # at once; the system gives up on a name server that does not answer after a minute or so
_look_ups = BoundedSemaphore(MAX_LOOK_UPS)


class Deadline:
    """The end of a request, from its beginning."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, timeout: float | None = None) -> float:
        """Return the seconds that are left, at most `timeout`. Raises TooSlow if there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TooSlow("time is up")
        return left if timeout is None else min(left, timeout)


def look_up(host: str, seconds: float) -> list[str]:
    """Return all addresses of a host, as the system finds them. Raises OutgoingError.

    The system's function can't be interrupted, so it runs in a thread of its own, which may outlast the deadline.
    """
    if not _look_ups.acquire(timeout=seconds):
        raise TooSlow("name servers don't answer")
    answer: SimpleQueue[list[str] | Exception] = SimpleQueue()

    def run() -> None:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            answer.put([str(entry[4][0]) for entry in found])
        except (OSError, UnicodeError) as error:
            answer.put(error)
        finally:
            _look_ups.release()

    Thread(target=run, name="look-up", daemon=True).start()
    try:
        result = answer.get(timeout=seconds)
    except Empty:
        raise TooSlow("name servers don't answer") from None
    if isinstance(result, Exception):
        raise OutgoingError("host not found") from result
    return result


@dataclass(frozen=True)
class Rules:
    """What may be connected to. Tests, whose servers are on this machine, have their own."""

    look_up: Callable[[str, float], list[str]] = look_up
    allows: Callable[[Address], bool] = is_public
    ports: frozenset[int] = PORTS

    def addresses_of(self, host: str, deadline: Deadline) -> list[Address]:
        """Return the addresses of a host, in the order in which to try them. Raises OutgoingError.

        One that is not allowed is enough to refuse the host, which may have it to get through at the next attempt.
        """
        addresses = list(dict.fromkeys(_address(text) for text in self.look_up(host, deadline.left())))
        if not addresses:
            raise OutgoingError("host not found")
        if not all(self.allows(address) for address in addresses):
            raise Refused("not a public address")
        return addresses


RULES = Rules()


def _address(text: str) -> Address:
    return ip_address(text.partition("%")[0])  # without the interface of a link-local address


class GuardedBackend(httpcore.NetworkBackend):
    """Resolves each host once, checks all its addresses, and connects to the very address that it checked.

    At most `max_bytes` are read from a connection.
    """

    def __init__(self, rules: Rules, deadline: Deadline, max_bytes: int) -> None:
        self._rules = rules
        self._deadline = deadline
        self._max_bytes = max_bytes
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of the host that answers. Raises OutgoingError."""
        if port not in self._rules.ports:
            raise Refused("not a usual port")
        addresses = self._rules.addresses_of(host, self._deadline)
        for address in addresses:
            seconds = self._deadline.left(timeout)
            try:
                stream = self._backend.connect_tcp(str(address), port, seconds)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
            return DeadlineStream(stream, self._deadline, self._max_bytes)
        raise OutgoingError("no connection")


class DeadlineStream(httpcore.NetworkStream):
    """A connection on which every step ends at the deadline, so that many short ones can't go beyond it.

    Only so many bytes can be read, whatever they are: headers and the marks between parts of a body cost time, too.
    """

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline, bytes_left: int) -> None:
        self._stream = stream
        self._deadline = deadline
        self._bytes_left = bytes_left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what has arrived, at most `max_bytes`. Raises TooSlow, Unusable."""
        if self._bytes_left <= 0:
            raise Unusable("too much data")
        data = self._stream.read(max_bytes, self._deadline.left(timeout))
        self._bytes_left -= len(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of the buffer."""
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Return the encrypted connection."""
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return DeadlineStream(stream, self._deadline, self._bytes_left)

    def get_extra_info(self, info: str) -> Any:
        """What the connection knows of itself."""
        return self._stream.get_extra_info(info)


@cache
def tls_context() -> ssl.SSLContext:
    """Return the settings of encrypted connections. Reading the certificates takes some 20 ms."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
