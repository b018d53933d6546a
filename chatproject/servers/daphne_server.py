"""Daphne, extended for a chat server.

Stock daphne sends sockets no close frame when it stops, closes them after a day, rejects most close codes, applies the
limit for incoming messages to outgoing ones, and buffers without limit for a slow reader.
"""

import asyncio
import logging
import signal
import socket
import time
from functools import partial
from typing import Any

from daphne.server import Server, twisted_loop
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from twisted.internet import reactor
from twisted.internet.tcp import Server as TcpServer

from chatproject.realtime.delivery.frames import WRITER
from chatproject.servers.daphne_http import ChatHttpFactory
from chatproject.servers.shutdown import SHUTDOWN_SECONDS, close_reason, close_websockets, start_exit_timer
from chatproject.servers.tcp_connections import Phase, create_tracker

WINDOW_BITS = 12  # of our compression: 4 KiB of memory per socket instead of the default 32
HANDSHAKE_SECONDS = 20  # until a socket is accepted; daphne's 5 are too few for a busy database or machine
PENDING_FRAMES = 32  # incoming frames waiting for the application; above this, reading from the client pauses


class FrameQueue(asyncio.Queue[dict[str, Any]]):
    """Frames that the application has not received yet. A full queue pauses reading from the client."""

    def __init__(self, transport: Any) -> None:
        super().__init__()
        self.transport = transport
        self.paused = False

    def _put(self, item: dict[str, Any]) -> None:
        super()._put(item)
        if not self.paused and self.qsize() >= PENDING_FRAMES:
            self.paused = True
            self.transport.pauseProducing()

    def _get(self) -> dict[str, Any]:
        item: dict[str, Any] = super()._get()
        if self.paused and self.qsize() < PENDING_FRAMES // 2:
            self.paused = False
            if not self.transport.disconnecting:
                self.transport.resumeProducing()
        return item


class ChatWebSocketProtocol(WebSocketProtocol):  # type: ignore[misc]
    """A WebSocket that makes its sender wait while the reader is behind, and that closes with the given code."""

    def makeConnection(self, transport: Any) -> None:
        """Take over the connection from HTTP, and get notified when its buffer is full."""
        self.channel = transport.channel
        self.channel.tracked.enter_phase(Phase.SOCKET, time.monotonic())
        self.writable = asyncio.Event()
        self.writable.set()
        transport.unregisterProducer()  # the HTTP channel, which would stop reading from a slow reader
        super().makeConnection(transport)
        transport.registerProducer(self, True)

    def connectionLost(self, reason: Any) -> None:
        """Called when the connection has ended."""
        self.channel.tracker.remove(self.channel.tracked)
        super().connectionLost(reason)

    def pauseProducing(self) -> None:
        """Called by the transport when its buffer of 64 KiB is full."""
        self.writable.clear()

    def resumeProducing(self) -> None:
        """Called by the transport when everything has been sent."""
        self.writable.set()
        if self.transport.disconnecting:
            self.transport.unregisterProducer()  # allows the transport to close

    def stopProducing(self) -> None:
        """Called by the transport when the connection is lost."""
        self.writable.set()

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:  # noqa: N803 (autobahn's names)
        """Called when either side has closed the socket."""
        self.writable.set()
        super().onClose(wasClean, code, reason)

    def serverSend(self, content: Any, binary: bool = False) -> None:
        """Send a message. Autobahn would reject one that is longer than the limit for incoming messages."""
        accepted: int = self.maxMessagePayloadSize  # type: ignore[has-type]
        self.maxMessagePayloadSize = 0
        try:
            super().serverSend(content, binary)
        finally:
            self.maxMessagePayloadSize = accepted

    @property
    def ready(self) -> bool:
        """Whether a frame can be written directly to the socket, bypassing the layers and the event loop."""
        transport = self.transport
        return (
            self.state == self.STATE_OPEN
            and self._perMessageCompress is None
            and not self.send_queue
            and type(transport) is TcpServer
            and bool(transport.connected)
            and not transport.disconnecting
            and not transport.dataBuffer
            and not transport._tempDataBuffer
        )

    def write(self, frame: bytes) -> None:
        """Write a frame directly to the socket. It must be `ready`."""
        transport = self.transport
        sent = transport.writeSomeData(frame)
        if not isinstance(sent, int):  # the connection is lost; the event loop will notice, too
            sent = 0
        if sent < len(frame):
            transport.write(frame[sent:])

    def handle_reply(self, message: dict[str, Any]) -> None:
        """Handle an event from the application. Keeps its close code and reason, and sends empty messages."""
        if message.get("type") == "websocket.close" and self.state != self.STATE_CONNECTING:
            self.sendCloseFrame(code=message.get("code") or 1000, reasonUtf8=close_reason(message).encode())
        elif message.get("type") == "websocket.send" and self.state != self.STATE_CONNECTING:
            text = message.get("text")
            self.serverSend(message["bytes"] if text is None else text, binary=text is None)
        else:
            super().handle_reply(message)


class ChatWebSocketFactory(WebSocketFactory):  # type: ignore[misc]
    """Creates WebSockets with the configured limits and compression."""

    protocol = ChatWebSocketProtocol

    def setProtocolOptions(self, **options: Any) -> None:
        """Extend daphne's options: send close frames such as 1009, and enable compression if configured."""
        options["failByDrop"] = False
        if settings.WEBSOCKET_COMPRESSION:
            options["perMessageCompressionAccept"] = accept_compression
        super().setProtocolOptions(**options)


def accept_compression(offers: list[Any]) -> Any:
    """Accept the first permessage-deflate offer, with a small window, or none. Called by autobahn."""
    from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateOfferAccept

    for offer in offers:
        if isinstance(offer, PerMessageDeflateOffer):
            # No larger than the client accepts. The client's own window is left to it: autobahn does not tell which
            # sizes it offers.
            bits = min(WINDOW_BITS, offer.request_max_window_bits or WINDOW_BITS)
            return PerMessageDeflateOfferAccept(offer, window_bits=bits, mem_level=5)  # type: ignore[no-untyped-call]
    return None


class ChatServer(Server):  # type: ignore[misc]
    """Daphne's server on our listening socket, with a graceful shutdown."""

    stopping = False

    def __init__(self, application: Any, listener: socket.socket) -> None:
        super().__init__(
            application,
            endpoints=["ours"],
            signal_handlers=False,
            websocket_timeout=-1,
            websocket_handshake_timeout=HANDSHAKE_SECONDS,
            ping_interval=settings.PING_SECONDS,
            ping_timeout=settings.PONG_SECONDS,
            websocket_max_message_size=settings.MAX_FRAME_BYTES,
            websocket_max_frame_size=settings.MAX_FRAME_BYTES,
            ready_callable=self._prepare,
            server_name="",
        )
        self.endpoints: list[str] = []  # daphne requires some, but can only describe IPv4; `_prepare` listens instead
        self.listener = listener
        self.tracker = create_tracker()

    def timeout_checker(self) -> None:
        """Called every two seconds."""
        self.tracker.disconnect_overdue()
        super().timeout_checker()

    def _prepare(self) -> None:
        """Listen. Called by `run` just before the event loop starts."""
        with self.listener as ours:
            self.port = reactor.adoptStreamPort(ours.fileno(), ours.family, self.http_factory)
        for number in (signal.SIGTERM, signal.SIGINT):
            twisted_loop.add_signal_handler(number, self._handle_signal)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> asyncio.Queue[dict[str, Any]] | None:
        """Like daphne's, with a queue that applies back-pressure to a WebSocket client."""
        if scope["type"] != "websocket":
            queue: asyncio.Queue[dict[str, Any]] | None = super().create_application(protocol, scope)
            return queue
        scope.setdefault("asgi", {"version": "3.0"})
        frames = FrameQueue(protocol.transport)

        self.connections[protocol]["application_instance"] = asyncio.ensure_future(
            self.application(
                scope=scope | {WRITER: protocol}, receive=frames.get, send=partial(self.handle_reply, protocol)
            )
        )
        return frames

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """Like daphne's, but waits to send while the reader is behind."""
        if message["type"] == "websocket.send":
            await protocol.writable.wait()
        elif message["type"] == "http.response.body":
            channel = getattr(protocol, "channel", None)  # removed when the connection is lost
            if channel is not None:
                await channel.writable.wait()
        await super().handle_reply(protocol, message)

    def _handle_signal(self) -> None:
        if self.stopping:
            self.stop()
            return
        self.stopping = True
        start_exit_timer()
        self.goodbye = asyncio.ensure_future(self._end())

    async def _end(self) -> None:
        self.port.stopListening()
        await close_websockets()
        deadline = time.monotonic() + SHUTDOWN_SECONDS
        while self._has_active_connections() and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        self.stop()

    def _has_active_connections(self) -> bool:
        """Return whether any request or socket is still active."""
        return any(
            "disconnected" not in details or not details.get("application_instance", twisted_done).done()
            for details in self.connections.values()
        )

    def kill_all_applications(self) -> Any:
        """Like daphne's, which fails on a connection without an application."""
        for details in self.connections.values():
            details.setdefault("application_instance", twisted_done)
        return super().kill_all_applications()


twisted_done: asyncio.Future[None] = twisted_loop.create_future()
twisted_done.set_result(None)


def run(application: Any, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT. Returns when everything is closed."""
    import daphne.server

    logging.getLogger("daphne.server").setLevel(logging.WARNING)  # it logs every start and stop
    # There is no other way: `Server.run` uses these names.
    daphne.server.HTTPFactory, daphne.server.WebSocketFactory = ChatHttpFactory, ChatWebSocketFactory
    ChatServer(application, listener).run()
