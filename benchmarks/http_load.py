"""The HTTP requests that are measured, and connections that repeat one of them, checking each answer."""

from __future__ import annotations

import asyncio
import secrets
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, NamedTuple

import orjson
from dialects import FILLER
from ledger import Violation


class Person(NamedTuple):
    """Who asks: with an access token, and for pages with the session of this cookie."""

    token: str
    session: str = ""


@dataclass(frozen=True)
class Request:
    """A request. Each answer must contain `marker` at least `markers` times, so that all servers send the same rows."""

    method: str
    path: str
    marker: bytes = b""
    markers: int = 0
    is_page: bool = False

    def head(self, address: str, room: str, person: Person) -> bytes:
        """Return the request line and the headers, without the empty line after them."""
        lines = [f"{self.method} {self.path.format(room=room)} HTTP/1.1", f"Host: {address}"]
        if self.is_page:
            lines.append(f"Cookie: sessionid={person.session}")
        else:
            lines.append(f"Authorization: Bearer {person.token}")
        return "\r\n".join([*lines, ""]).encode()


REQUESTS = {
    "ping": Request("GET", "/ping", b"PONG!", 1),
    "messages": Request("GET", "/api/rooms/{room}/messages/?limit=10", b'"content":', 10),
    "rooms": Request("GET", "/api/rooms/", b'"name":', 2),
    "unread": Request("GET", "/api/unread/", b'"room_name":', 2),
    "post": Request("POST", "/api/rooms/{room}/messages/", b'"content":', 1),
    "room-page": Request("GET", "/rooms/{room}/", b"<article", 50, is_page=True),
    "home": Request("GET", "/", b"<strong>", is_page=True),
}


class Connection(asyncio.Protocol):
    """A connection that repeats a request, each when the one before is answered.

    It knows as much of HTTP as the measured servers need, whose responses have a Content-Length.
    """

    def __init__(self, request: Request, head: bytes, waits: array[float]) -> None:
        self.request = request
        self.head = head
        self.waits = waits
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.asking = True
        self._client_id = secrets.token_hex(6)
        self._count = 0
        self._received = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self._ask()

    def _ask(self) -> None:
        data = b"%s\r\n" % self.head
        if self.request.method == "POST":
            self._count += 1
            # With a client_id, like the page and the client library: it makes retries safe.
            body = orjson.dumps({"content": FILLER, "client_id": f"{self._client_id}:{self._count}"})
            data = b"%sContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (self.head, len(body), body)
        self._at = perf_counter()
        self.transport.write(data)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(body) < length:
            return
        self.waits.append(perf_counter() - self._at)
        self._received = b""
        if not head.startswith(b"HTTP/1.1 2") or body.count(self.request.marker) < self.request.markers:
            self._end(Violation(f"{self.request.path} was answered by {head[:40]!r} {body[:200]!r}."))
        elif self.asking:
            self._ask()
        else:
            self._end(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._end(Violation("The server closed a connection."))

    def _end(self, violation: Violation | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(violation) if violation else self.ended.set_result(None)


async def repeat(
    request: Request, address: str, room: str, people: Sequence[Person], until: asyncio.Event
) -> array[float]:
    """Repeat a request, by a connection for each person, until the event is set and everything is answered.

    Returns how long each answer took, in seconds. Raises Violation.
    """
    host, _, port = address.partition(":")
    waits = array("d")
    connections = []
    for person in people:
        connection = Connection(request, request.head(address, room, person), waits)
        await asyncio.get_running_loop().create_connection(lambda made=connection: made, host, int(port))
        connections.append(connection)
    ended = asyncio.gather(*(connection.ended for connection in connections))
    waiting = asyncio.ensure_future(until.wait())
    await asyncio.wait({ended, waiting}, return_when=asyncio.FIRST_COMPLETED)  # early only by a violation
    waiting.cancel()
    for connection in connections:
        connection.asking = False
    try:
        await ended
    finally:
        for connection in connections:
            connection.transport.close()
    return waits
