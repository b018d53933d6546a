"""Uvicorn with what a chat server needs on top.

Stock uvicorn waits for ever for the rest of a request, takes headers of any length and connections of any number, and
closes sockets by itself when it ends, before the application can.
"""

import asyncio
import logging
import socket
import time
from itertools import chain
from typing import Any

import uvicorn
from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidMessage
from websockets.protocol import State

from chatproject.servers.early_responses import (
    BAD_REQUEST,
    BODY_TOO_LARGE,
    HEAD_TOO_LARGE,
    TOO_SLOW,
    log_refusal,
    most_body_bytes,
    refusal,
)
from chatproject.servers.frames import text_frame
from chatproject.servers.shutdown import GOODBYE_SECONDS, close_reason, end_in_time, say_goodbye
from chatproject.servers.tcp_connections import IDLE_SECONDS, MAX_HEAD_BYTES, Phase, Visit, Visits, visits_of_process

ABANDON_SECONDS = 3  # a reader that was behind when it was closed gets this long to take the close frame


class ChatHttpProtocol(HttpToolsProtocol):
    """An HTTP connection with bounds: of what a request may hold, and of how long it may take."""

    visits: Visits  # of the process, which puts them here before it listens
    visit: Visit | None = None
    refused = False  # what still comes is thrown away
    most_body_bytes = body_bytes = 0

    def connection_made(self, transport: Any) -> None:
        """Called when a connection is accepted."""
        super().connection_made(transport)
        self.visit = self.visits.admit(self.client[0] if self.client else "")
        if self.visit is None:
            self.refused = True
            transport.abort()
        else:
            self.visit.client = self

    def connection_lost(self, exc: Exception | None) -> None:
        """Called when it has ended."""
        if self.visit is not None:
            self.visits.leave(self.visit)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Called with what the client sent."""
        visit = self.visit
        if self.refused or visit is None:
            return
        visit.hear(time.monotonic(), len(data))
        super().data_received(data)
        if self.refused:
            return
        if visit.phase == Phase.HEAD and visit.received > MAX_HEAD_BYTES:
            self.refuse(HEAD_TOO_LARGE)
        elif visit.phase == Phase.BODY and visit.received > 2 * (self.most_body_bytes + MAX_HEAD_BYTES):
            self.refuse(BODY_TOO_LARGE)  # chunks of a byte or two, or what may follow the last one

    def on_headers_complete(self) -> None:
        """Called by the parser. The application starts here, so a body that is too large never reaches it."""
        visit = self.visit
        if self.refused or visit is None:
            return
        received = visit.received
        visit.enter(Phase.BODY, time.monotonic())
        self.most_body_bytes, self.body_bytes = most_body_bytes(self.url), 0
        if received > MAX_HEAD_BYTES and len(self.url) + sum(map(len, chain(*self.headers))) > MAX_HEAD_BYTES:
            self.refuse(HEAD_TOO_LARGE)
            return
        for name, value in self.headers:
            if name == b"content-length" and int(value) > self.most_body_bytes:
                self.refuse(BODY_TOO_LARGE)
                return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Called by the parser with each piece of a body."""
        if self.refused:
            return
        self.body_bytes += len(body)
        if self.body_bytes > self.most_body_bytes:
            self.refuse(BODY_TOO_LARGE)
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Called by the parser at the end of a request."""
        if self.refused or self.visit is None:
            return
        super().on_message_complete()
        answered = self.cycle is not None and self.cycle.response_complete
        self.visit.enter(Phase.IDLE if answered else Phase.ANSWER, time.monotonic())

    def on_response_complete(self) -> None:
        """Called when the application has answered a request."""
        super().on_response_complete()
        if self.visit is not None and self.visit.phase == Phase.ANSWER and self.cycle.response_complete:
            self.visit.enter(Phase.IDLE, time.monotonic())

    def handle_websocket_upgrade(self) -> None:
        """Called when the request wants a WebSocket, which another protocol then speaks on the same connection."""
        if self.refused or self.visit is None:
            return
        if not self.url.isascii():
            self.refuse(BAD_REQUEST)
            return
        super().handle_websocket_upgrade()
        socket_protocol: Any = self.transport.get_protocol()
        if not socket_protocol.handshake_initiated:  # its parser is stricter than ours, and falls silent
            status = BAD_REQUEST if isinstance(socket_protocol.conn.handshake_exc, InvalidMessage) else HEAD_TOO_LARGE
            log_refusal(status, self.parser.get_method(), self.url)
            self.transport.write(refusal(status))
            self.transport.close()
        self.visit.enter(Phase.SOCKET, time.monotonic())
        socket_protocol.visits, socket_protocol.visit, self.visit = self.visits, self.visit, None

    def send_400_response(self, msg: str) -> None:
        """Called when what came is no HTTP."""
        if not self.refused:
            self.refuse(BAD_REQUEST)

    def unsent(self) -> int:
        """How many bytes wait to be taken by the client."""
        return self.transport.get_write_buffer_size()

    def end(self) -> None:
        """Close the connection, whatever has not been sent."""
        self.transport.abort()

    def refuse(self, status: int) -> None:
        """Answer a request in the application's place, and hear the client no more."""
        assert self.visit is not None
        self.refused = True
        cycle, head_is_known = self.cycle, self.visit.phase == Phase.BODY
        if cycle is not None and not cycle.response_complete:
            if cycle.scope is not self.scope and not self.pipeline:
                cycle.keep_alive = False  # an earlier request has its answer yet, and with it the connection ends
                return
            if cycle.response_started or self.pipeline:
                self.transport.abort()
                return
            cycle.disconnected = True
            cycle.message_event.set()
        target = self.url if head_is_known else b""
        log_refusal(status, self.parser.get_method() if head_is_known else b"", target)
        self.transport.write(refusal(status, target))
        if status == TOO_SLOW:  # it is not sending: what it is told, it can read
            self.transport.close()
            return
        self.transport.write_eof()
        self.flow.resume_reading()
        self.visit.enter(Phase.LINGER, time.monotonic())


class ChatWebSocketProtocol(WebSocketsSansIOProtocol):
    """A socket that can be closed though its reader is behind. Stock uvicorn waits for the reader first."""

    visits: Visits
    visit: Visit | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Called when the connection has ended."""
        if self.visit is not None:
            self.visits.leave(self.visit)
        super().connection_lost(exc)

    @property
    def plain(self) -> bool:
        """Whether frames go out as they are, without an extension having its part in them."""
        return not self.conn.extensions

    @property
    def open(self) -> bool:
        """Whether a message may be sent right now: the handshake is over, nobody closes, the reader keeps up."""
        conn = self.conn
        return self.handshake_complete and not self.disconnected and self.writable.is_set() and conn.state is State.OPEN

    async def send(self, message: Any) -> None:
        """Send what the application says; returns at once while there is room, else when there is."""
        if message["type"] == "websocket.send" and message.get("text") is not None and self.plain and self.open:
            self.transport.write(text_frame(message))
            return
        if message["type"] == "websocket.close":
            message = {**message, "reason": close_reason(message)}
            if not self.writable.is_set():
                self.writable.set()
                self.loop.call_later(ABANDON_SECONDS, self.transport.abort)
        await super().send(message)


class ChatServer(uvicorn.Server):
    """Uvicorn's server, saying goodbye before it closes."""

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second."""
        if counter % 10 == 0:
            ChatHttpProtocol.visits.check()
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Called at SIGTERM and SIGINT."""
        end_in_time()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Called when the main loop has ended."""
        for server in self.servers:
            server.close()
        await say_goodbye()
        await super().shutdown(sockets)
        self._captured_signals.clear()  # which it would raise again, to die of: ending was what was asked


def tell_once(record: logging.LogRecord) -> bool:
    """A log filter: what a client did wrong has its line as a refusal, and is no fault of ours to trace back."""
    if str(record.msg).startswith("Invalid UTF-8"):
        record.exc_info = None
    return not str(record.msg).startswith(("Invalid HTTP request", "Unsupported upgrade request"))


def run(application: Any, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT. Returns when everything is closed."""
    ChatHttpProtocol.visits = visits_of_process()
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http=ChatHttpProtocol,
        ws=ChatWebSocketProtocol,
        ws_max_size=settings.MAX_FRAME_BYTES,
        ws_ping_interval=settings.PING_SECONDS,
        ws_ping_timeout=settings.PONG_SECONDS,
        ws_per_message_deflate=settings.WEBSOCKET_COMPRESSION,
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=GOODBYE_SECONDS // 2,
    )
    logging.getLogger("uvicorn.error").addFilter(tell_once)
    server = ChatServer(config)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(server.serve(sockets=[listener]))
