"""Daphne with what a chat server needs on top.

Stock daphne gives sockets no close frame when it ends, ends them after a day, refuses most close codes, bounds what it
sends by what it accepts, and buffers without limit for a reader that does not read.
"""

import asyncio
import logging
import signal
import socket
import time
from typing import Any

from daphne.server import Server, twisted_loop
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from django.conf import settings
from twisted.internet import reactor
from twisted.internet.tcp import Server as TcpServer

from chatproject.servers.daphne_http import ChatHttpFactory
from chatproject.servers.frames import text_frame
from chatproject.servers.shutdown import GOODBYE_SECONDS, close_reason, end_in_time, say_goodbye
from chatproject.servers.tcp_connections import Phase, visits_of_process

WINDOW_BITS = 12  # of what we compress: 4 KiB of memory a socket, where the default takes 32
PENDING_FRAMES = 32  # incoming frames waiting for the application; beyond, the client is not read from


class FrameQueue(asyncio.Queue[dict[str, Any]]):
    """What a socket received and the application has not taken yet; a full one stops the reading."""

    def __init__(self, transport: Any) -> None:
        super().__init__()
        self.transport = transport
        self.full_up = False

    def _put(self, item: dict[str, Any]) -> None:
        super()._put(item)
        if not self.full_up and self.qsize() >= PENDING_FRAMES:
            self.full_up = True
            self.transport.pauseProducing()

    def _get(self) -> dict[str, Any]:
        item: dict[str, Any] = super()._get()
        if self.full_up and self.qsize() < PENDING_FRAMES // 2:
            self.full_up = False
            if not self.transport.disconnecting:
                self.transport.resumeProducing()
        return item


class ChatWebSocketProtocol(WebSocketProtocol):  # type: ignore[misc]
    """A socket whose sender waits while the reader is behind, and which closes with the code it is told."""

    def makeConnection(self, transport: Any) -> None:
        """Take the connection over from HTTP, and with it the notice that its buffer is full."""
        self.channel = transport.channel
        self.channel.visit.enter(Phase.SOCKET, time.monotonic())
        self.writable = asyncio.Event()
        self.writable.set()
        transport.unregisterProducer()  # the HTTP channel, which would stop reading from a slow reader
        super().makeConnection(transport)
        transport.registerProducer(self, True)

    def connectionLost(self, reason: Any) -> None:
        """Called when the connection has ended."""
        self.channel.visits.leave(self.channel.visit)
        super().connectionLost(reason)

    def pauseProducing(self) -> None:
        """Called by the transport when more than its 64 KiB are waiting to be sent."""
        self.writable.clear()

    def resumeProducing(self) -> None:
        """Called by the transport when all was sent."""
        self.writable.set()
        if self.transport.disconnecting:
            self.transport.unregisterProducer()  # which lets the transport close

    def stopProducing(self) -> None:
        """Called by the transport when the connection is lost."""
        self.writable.set()

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:  # noqa: N803 (autobahn's names)
        """Called when the socket is closed, by whichever side."""
        self.writable.set()
        super().onClose(wasClean, code, reason)

    def serverSend(self, content: Any, binary: bool = False) -> None:
        """Send a message. autobahn would refuse one longer than those we accept."""
        accepted: int = self.maxMessagePayloadSize  # type: ignore[has-type]
        self.maxMessagePayloadSize = 0
        try:
            super().serverSend(content, binary)
        finally:
            self.maxMessagePayloadSize = accepted

    def send_at_once(self, message: dict[str, Any]) -> bool:
        """Send a text straight into the socket, past the layers and the event loop, if nothing stands in the way."""
        transport = self.transport
        if (
            message["type"] != "websocket.send"
            or not message.get("text")
            or self.state != self.STATE_OPEN
            or self._perMessageCompress is not None
            or self.send_queue
            or type(transport) is not TcpServer
            or not transport.connected
            or transport.disconnecting
            or transport.dataBuffer
            or transport._tempDataBuffer
        ):
            return False
        frame = text_frame(message)
        sent = transport.writeSomeData(frame)
        if not isinstance(sent, int):  # the connection is lost, which the event loop will find, too
            sent = 0
        if sent < len(frame):
            transport.write(frame[sent:])  # type: ignore[no-untyped-call]
        return True

    def handle_reply(self, message: dict[str, Any]) -> None:
        """Do what the application says. Its close code and reason go out as they are, and so does an empty message."""
        if message.get("type") == "websocket.close" and self.state != self.STATE_CONNECTING:
            self.sendCloseFrame(code=message.get("code") or 1000, reasonUtf8=close_reason(message).encode())
        elif message.get("type") == "websocket.send" and self.state != self.STATE_CONNECTING:
            text = message.get("text")
            self.serverSend(message["bytes"] if text is None else text, binary=text is None)
        else:
            super().handle_reply(message)


class ChatWebSocketFactory(WebSocketFactory):  # type: ignore[misc]
    """Makes our sockets, with limits and compression as configured."""

    protocol = ChatWebSocketProtocol

    def setProtocolOptions(self, **options: Any) -> None:
        """Add to what daphne sets: 1009 and its like as close frames, and compression where it is wanted."""
        options["failByDrop"] = False
        if settings.WEBSOCKET_COMPRESSION:
            options["perMessageCompressionAccept"] = accept_compression
        super().setProtocolOptions(**options)


def accept_compression(offers: list[Any]) -> Any:
    """Autobahn's hook: accept the first permessage-deflate offer, with small windows, or none."""
    from autobahn.websocket.compress import PerMessageDeflateOffer, PerMessageDeflateOfferAccept

    for offer in offers:
        if isinstance(offer, PerMessageDeflateOffer):
            # No larger than the client takes. Its own we leave to it: autobahn does not tell which sizes it offers.
            bits = min(WINDOW_BITS, offer.request_max_window_bits or WINDOW_BITS)
            return PerMessageDeflateOfferAccept(offer, window_bits=bits, mem_level=5)  # type: ignore[no-untyped-call]
    return None


class ChatServer(Server):  # type: ignore[misc]
    """Daphne's server on a socket of ours, ending properly."""

    ending = False

    def __init__(self, application: Any, listener: socket.socket) -> None:
        super().__init__(
            application,
            endpoints=["ours"],
            signal_handlers=False,
            websocket_timeout=-1,
            ping_interval=settings.PING_SECONDS,
            ping_timeout=settings.PONG_SECONDS,
            websocket_max_message_size=settings.MAX_FRAME_BYTES,
            websocket_max_frame_size=settings.MAX_FRAME_BYTES,
            ready_callable=self._prepare,
            server_name="",
        )
        self.endpoints: list[str] = []  # it insists on some, but can only describe IPv4; `_prepare` listens
        self.listener = listener
        self.visits = visits_of_process()

    def timeout_checker(self) -> None:
        """Called every two seconds."""
        self.visits.check()
        super().timeout_checker()

    def _prepare(self) -> None:
        """Called by `run` just before the event loop starts."""
        with self.listener as ours:
            self.port = reactor.adoptStreamPort(ours.fileno(), ours.family, self.http_factory)
        for number in (signal.SIGTERM, signal.SIGINT):
            twisted_loop.add_signal_handler(number, self._told_to_end)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> asyncio.Queue[dict[str, Any]] | None:
        """As in daphne, with a queue that holds a WebSocket client back."""
        if scope["type"] != "websocket":
            queue: asyncio.Queue[dict[str, Any]] | None = super().create_application(protocol, scope)
            return queue
        scope.setdefault("asgi", {"version": "3.0"})
        frames = FrameQueue(protocol.transport)

        async def send(message: dict[str, Any]) -> None:
            if not (isinstance(protocol, ChatWebSocketProtocol) and protocol.send_at_once(message)):
                await self.handle_reply(protocol, message)

        self.connections[protocol]["application_instance"] = asyncio.ensure_future(
            self.application(scope=scope, receive=frames.get, send=send)
        )
        return frames

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        """As in daphne, but sending waits while the reader is behind."""
        if message["type"] == "websocket.send" and not protocol.writable.is_set():
            await protocol.writable.wait()
        await super().handle_reply(protocol, message)

    def _told_to_end(self) -> None:
        if self.ending:
            self.stop()
            return
        self.ending = True
        end_in_time()
        self.goodbye = asyncio.ensure_future(self._end())

    async def _end(self) -> None:
        self.port.stopListening()
        await say_goodbye()
        deadline = time.monotonic() + GOODBYE_SECONDS
        while self._alive() and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        self.stop()

    def _alive(self) -> bool:
        """Whether a request or a socket is still under way."""
        return any(
            "disconnected" not in details or not details.get("application_instance", twisted_done).done()
            for details in self.connections.values()
        )

    def kill_all_applications(self) -> Any:
        """As in daphne, which fails on a connection that has no application yet."""
        for details in self.connections.values():
            details.setdefault("application_instance", twisted_done)
        return super().kill_all_applications()


twisted_done: asyncio.Future[None] = twisted_loop.create_future()
twisted_done.set_result(None)


def run(application: Any, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT. Returns when everything is closed."""
    import daphne.server

    logging.getLogger("daphne.server").setLevel(logging.WARNING)  # it explains itself at each start and end
    # The only way in: `Server.run` names them.
    daphne.server.HTTPFactory, daphne.server.WebSocketFactory = ChatHttpFactory, ChatWebSocketFactory
    ChatServer(application, listener).run()
