"""How both servers handle the bytes of a request, without a network."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Protocol

import pytest
import uvicorn
from twisted.internet.address import IPv4Address
from twisted.internet.testing import StringTransport
from uvicorn.server import ServerState

from chatproject.servers import tcp_connections as rules
from chatproject.servers.daphne_http import ChatHttpFactory
from chatproject.servers.tcp_connections import ConnectionTracker, Phase
from chatproject.servers.uvicorn_server import ChatHttpProtocol
from chatproject.servers.uvicorn_websocket import ChatWebSocketProtocol
from rooms.files.pictures import MAX_SQUARE_BYTES

pytestmark = pytest.mark.any_database

HOST = b"Host: 127.0.0.1\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
UPGRADE = b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
UPGRADE += b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"


class Connection(Protocol):
    """One connection to either server."""

    tracker: ConnectionTracker
    bodies: list[bytes]  # bodies of requests that reached the application

    async def send(self, data: bytes) -> bytes:
        """Send these bytes and return the response."""

    @property
    def closed(self) -> bool:
        """Whether the server has closed it."""


def recording_application(bodies: list[bytes]) -> Any:
    """Return an application that stores each body and responds."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            body, more = body + event["body"], event.get("more_body", False)
        bodies.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    return application


class FakeTransport:
    """The transport that uvicorn writes to."""

    def __init__(self) -> None:
        self.written, self.closing, self.protocol = b"", False, None

    def get_extra_info(self, name: str) -> Any:
        return ("192.0.2.1", 40000) if name == "peername" else None

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closing = True

    abort = close

    def is_closing(self) -> bool:
        return self.closing

    def get_write_buffer_size(self) -> int:
        return 0

    def get_protocol(self) -> Any:
        return self.protocol

    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol

    def write_eof(self) -> None:
        """Like `loseWriteConnection` of the other."""

    pause_reading = resume_reading = write_eof


class UvicornConnection:
    """A connection to uvicorn's HTTP protocol."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.transport = FakeTransport()
        config = uvicorn.Config(recording_application(self.bodies), http=ChatHttpProtocol, ws=ChatWebSocketProtocol)
        config.log_config = None
        config.load()
        self.tracker = ChatHttpProtocol.tracker = ConnectionTracker(max_total=9, max_per_network=9)
        self.transport.protocol = self.protocol = ChatHttpProtocol(config, ServerState(), {})  # type: ignore[assignment]
        self.protocol.connection_made(self.transport)

    async def send(self, data: bytes) -> bytes:
        self.transport.written = b""
        self.protocol.data_received(data)
        await run_ready_tasks()
        return self.transport.written

    @property
    def closed(self) -> bool:
        return self.transport.closing


class DaphneConnection:
    """A connection to daphne's HTTP protocol."""

    class Transport(StringTransport):
        """Twisted's test transport, with attributes of the real one that are used."""

        dataBuffer, offset, _tempDataLen = b"", 0, 0  # noqa: N815  # Twisted's names

        def loseWriteConnection(self) -> None:  # noqa: N802  # Twisted's name
            """Like `write_eof` of the other."""

    class Server:
        """What the protocol needs of daphne's server."""

        proxy_forwarded_address_header, root_path, request_buffer_size, server_name = None, "", 8192, ""

        def __init__(self, application: Any) -> None:
            self.application = application
            self.tracker = ConnectionTracker(max_total=9, max_per_network=9)
            self.tasks: list[Any] = []

        def create_application(self, protocol: Any, scope: Any) -> Any:
            """Start the application."""
            queue: asyncio.Queue[Any] = asyncio.Queue()

            async def send(message: Any) -> None:
                protocol.handle_reply(message)

            self.tasks.append(asyncio.ensure_future(self.application(scope, queue.get, send)))
            return queue

        def log_action(self, *details: Any) -> None:
            """Called at the end of each request."""

        protocol_connected = protocol_disconnected = log_action

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        server = self.Server(recording_application(self.bodies))
        self.tracker = server.tracker
        channel = ChatHttpFactory(server).buildProtocol(IPv4Address("TCP", "192.0.2.1", 40000))
        assert channel is not None
        self.channel = channel
        self.transport = self.Transport()  # type: ignore[no-untyped-call]
        channel.makeConnection(self.transport)

    async def send(self, data: bytes) -> bytes:
        self.transport.clear()  # type: ignore[no-untyped-call]
        self.channel.dataReceived(data)
        await run_ready_tasks()
        written: bytes = self.transport.value()  # type: ignore[no-untyped-call]
        return written

    @property
    def closed(self) -> bool:
        return bool(self.transport.disconnecting or self.transport.disconnected)


async def run_ready_tasks() -> None:
    """Run everything that is ready to run."""
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture(params=[UvicornConnection, DaphneConnection])
async def client(request: pytest.FixtureRequest) -> Connection:
    """A connection to each server in turn."""
    connection: Connection = request.param()
    return connection


def only_connection(client: Connection) -> rules.TrackedConnection:
    (tracker,) = client.tracker.by_network.values()
    (tracked,) = tracker
    return tracked


async def response_after(client: Connection, seconds: float) -> bytes:
    """Return the response after this many seconds since the last send."""
    now = time.monotonic() + seconds
    client.tracker.clock = lambda: now
    client.tracker.disconnect_overdue()
    await run_ready_tasks()
    transport: Any = client.transport  # type: ignore[attr-defined]
    return bytes(transport.written if isinstance(transport, FakeTransport) else transport.value())


def post(path: bytes, size: int, body: bytes = b"") -> bytes:
    """Return a request that declares a body of this size, and the part of it that is sent at once."""
    return b"POST %s HTTP/1.1\r\n%s%sContent-Length: %d\r\n\r\n%s" % (path, HOST, FORM, size, body)


def chunked(path: bytes, *chunks: bytes) -> bytes:
    """Return a request with a chunked body, without its end."""
    head = b"POST %s HTTP/1.1\r\n%s%sTransfer-Encoding: chunked\r\n\r\n" % (path, HOST, FORM)
    return head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)


async def test_a_body_is_accepted_up_to_the_limit(client: Connection) -> None:
    body = b"x" * 1024 * 1024
    assert (await client.send(post(b"/", len(body), body))).startswith(b"HTTP/1.1 200")
    assert (await client.send(chunked(b"/", body[:7], body[7:]) + b"0\r\n\r\n")).startswith(b"HTTP/1.1 200")
    assert client.bodies == [body, body]
    assert only_connection(client).phase == Phase.IDLE


async def test_a_body_declared_too_large_is_rejected_before_it_arrives(client: Connection) -> None:
    answer = await client.send(post(b"/api/token/", 300_000_000))
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"Connection: close" in answer
    assert b'"code":"too_large"' in answer
    assert await client.send(b"x" * 1_000_000) == b""
    assert only_connection(client).phase == Phase.LINGER
    await response_after(client, rules.LINGER_SECONDS + 2)
    assert client.closed
    assert client.bodies == []


async def test_a_chunked_body_is_rejected_as_soon_as_it_is_too_large(client: Connection) -> None:
    assert await client.send(chunked(b"/", b"x" * 1024 * 1024)) == b""
    answer = await client.send(b"1\r\nx\r\n")
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"<h1>" in answer
    assert await client.send(b"1\r\nx\r\n" * 1000) == b""
    assert client.bodies == []


@pytest.mark.parametrize("path", [b"/accounts/profile/picture/", b"/api/me/avatar/", b"/api/me/avatar/?a=b"])
async def test_a_picture_may_be_larger_than_other_bodies(client: Connection, path: bytes) -> None:
    assert await client.send(post(path, MAX_SQUARE_BYTES + 500)) == b""
    assert only_connection(client).phase == Phase.BODY


async def test_a_picture_has_a_limit_too(client: Connection) -> None:
    assert (await client.send(post(b"/api/me/avatar/", 2 * MAX_SQUARE_BYTES))).startswith(b"HTTP/1.1 413")


async def test_expect_100_continue_is_rejected_before_the_body_is_sent(client: Connection) -> None:
    head = b"POST / HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 90000000\r\n\r\n"
    assert (await client.send(head)).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [
        (b"GET / HT", rules.HEAD_SECONDS),
        (b"GET / HTTP/1.1\r\nX: ", rules.HEAD_SECONDS),
        (post(b"/", 100, b"x"), rules.BODY_PAUSE_SECONDS),
        (chunked(b"/", b"x"), rules.BODY_PAUSE_SECONDS),
        (chunked(b"/", b"x") + b"1;", rules.BODY_PAUSE_SECONDS),
    ],
)
async def test_a_request_that_stops_arriving_is_answered_with_408(
    client: Connection, sent: bytes, seconds: float
) -> None:
    await client.send(sent)
    assert await response_after(client, seconds - 2) == b""
    assert (await response_after(client, seconds + 2)).startswith(b"HTTP/1.1 408")
    assert client.closed
    assert client.bodies == []


async def test_a_connection_without_a_request_is_closed_without_a_response(client: Connection) -> None:
    assert await response_after(client, rules.HEAD_SECONDS + 2) == b""
    assert client.closed


async def test_a_connection_is_kept_alive_for_a_while_between_requests(client: Connection) -> None:
    for _ in range(2):
        assert (await client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")).startswith(b"HTTP/1.1 200")
    await response_after(client, rules.IDLE_SECONDS - 2)
    assert not client.closed
    await response_after(client, rules.IDLE_SECONDS + 2)
    assert client.closed


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"a" * 17_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 17_000,
        b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 9000 + b"\r\n",
    ],
)
async def test_headers_that_are_too_long_are_rejected(client: Connection, head: bytes) -> None:
    assert (await client.send(head)).startswith(b"HTTP/1.1 431")
    assert client.bodies == []


@pytest.mark.parametrize(
    "nonsense",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"hello\r\n\r\n",
        b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
        b"GET /\xe9 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /?\xe9 HTTP/1.1\r\n" + HOST + b"\r\n",
        b"G\xc9T / HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET / HTTP/1.1\r\n" + HOST + b"X\x01: y\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: -3\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /ws/\xe9 HTTP/1.1\r\n" + HOST + UPGRADE + b"\r\n",
    ],
)
async def test_a_malformed_request_is_answered_with_400_and_one_log_line(
    client: Connection, nonsense: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await client.send(nonsense)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"daphne" not in answer.lower()
    assert [record.name for record in caplog.records if record.name != "uvicorn.error"] == ["parlor.access"]
    assert client.bodies == []


async def test_garbage_after_a_request_does_not_prevent_its_response(client: Connection) -> None:
    answer = await client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n\x00\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")


async def test_a_client_can_not_set_the_root_path_of_the_application(client: Connection) -> None:
    scopes: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        scopes.append(scope)

    if isinstance(client, DaphneConnection):
        client.channel.factory.server.application = application
    else:
        client.protocol.app = application  # type: ignore[attr-defined]
    await client.send(b"GET /a HTTP/1.1\r\n" + HOST + b"Daphne-Root-Path: //evil.example\r\n\r\n")
    assert scopes[0]["root_path"] == ""
