"""Uvicorn, extended for a chat server.

Stock uvicorn waits forever for the rest of a request, accepts headers of any length and any number of connections, and
on shutdown closes sockets itself before the application can.
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
from websockets.exceptions import InvalidMessage

from chatproject.servers.error_responses import (
    BAD_REQUEST,
    BODY_TOO_LARGE,
    HEAD_TOO_LARGE,
    TOO_SLOW,
    error_response,
    log_error_response,
    max_body_bytes,
)
from chatproject.servers.shutdown import SHUTDOWN_SECONDS, close_websockets, start_exit_timer
from chatproject.servers.tcp_connections import (
    IDLE_SECONDS,
    MAX_HEAD_BYTES,
    ConnectionTracker,
    Phase,
    TrackedConnection,
    create_tracker,
)
from chatproject.servers.uvicorn_websocket import ChatWebSocketProtocol


class ChatHttpProtocol(HttpToolsProtocol):
    """An HTTP connection with limits on the size and the duration of requests."""

    tracker: ConnectionTracker  # the process's tracker, set before it starts listening
    tracked: TrackedConnection | None = None
    rejected = False  # further input is discarded
    max_body_bytes = body_bytes = 0

    def connection_made(self, transport: Any) -> None:
        """Called when a connection is accepted."""
        super().connection_made(transport)
        self.tracked = self.tracker.add(self.client[0] if self.client else "")
        if self.tracked is None:
            self.rejected = True
            transport.abort()
        else:
            self.tracked.client = self

    def connection_lost(self, exc: Exception | None) -> None:
        """Called when the connection has ended."""
        if self.tracked is not None:
            self.tracker.remove(self.tracked)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Called with data from the client."""
        tracked = self.tracked
        if self.rejected or tracked is None:
            return
        tracked.record_read(time.monotonic(), len(data))
        super().data_received(data)
        if self.rejected:
            return
        if tracked.phase == Phase.HEAD and tracked.received > MAX_HEAD_BYTES:
            self.reject(HEAD_TOO_LARGE)
        elif tracked.phase == Phase.BODY and tracked.received > 2 * (self.max_body_bytes + MAX_HEAD_BYTES):
            self.reject(BODY_TOO_LARGE)  # many tiny chunks, or data after the last one

    def on_headers_complete(self) -> None:
        """Called by the parser. The application starts here, so it never sees a body that is too large."""
        tracked = self.tracked
        if self.rejected or tracked is None:
            return
        received = tracked.received
        tracked.enter_phase(Phase.BODY, time.monotonic())
        self.max_body_bytes, self.body_bytes = max_body_bytes(self.url), 0
        if received > MAX_HEAD_BYTES and len(self.url) + sum(map(len, chain(*self.headers))) > MAX_HEAD_BYTES:
            self.reject(HEAD_TOO_LARGE)
            return
        for name, value in self.headers:
            if name == b"content-length" and int(value) > self.max_body_bytes:
                self.reject(BODY_TOO_LARGE)
                return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Called by the parser with each part of a body."""
        if self.rejected:
            return
        self.body_bytes += len(body)
        if self.body_bytes > self.max_body_bytes:
            self.reject(BODY_TOO_LARGE)
            return
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Called by the parser at the end of a request."""
        if self.rejected or self.tracked is None:
            return
        super().on_message_complete()
        answered = self.cycle is not None and self.cycle.response_complete
        self.tracked.enter_phase(Phase.IDLE if answered else Phase.ANSWER, time.monotonic())

    def on_response_complete(self) -> None:
        """Called when the application has answered a request."""
        super().on_response_complete()
        if self.tracked is not None and self.tracked.phase == Phase.ANSWER and self.cycle.response_complete:
            self.tracked.enter_phase(Phase.IDLE, time.monotonic())

    def handle_websocket_upgrade(self) -> None:
        """Called when a request asks for a WebSocket. Another protocol then takes over the connection."""
        if self.rejected or self.tracked is None:
            return
        if not self.url.isascii():
            self.reject(BAD_REQUEST)
            return
        super().handle_websocket_upgrade()
        socket_protocol: Any = self.transport.get_protocol()
        if not socket_protocol.handshake_initiated:  # its parser is stricter than ours and sends no response
            status = BAD_REQUEST if isinstance(socket_protocol.conn.handshake_exc, InvalidMessage) else HEAD_TOO_LARGE
            log_error_response(status, self.parser.get_method(), self.url)
            self.transport.write(error_response(status))
            self.transport.close()
        self.tracked.enter_phase(Phase.SOCKET, time.monotonic())
        socket_protocol.tracker, socket_protocol.tracked, self.tracked = (
            self.tracker,
            self.tracked,
            None,
        )

    def send_400_response(self, msg: str) -> None:
        """Called when the data is not HTTP."""
        if not self.rejected:
            self.reject(BAD_REQUEST)

    def resume_writing(self) -> None:
        """Called by the transport when its buffer, which was full, has room again."""
        if self.tracked is not None:
            self.tracked.record_drained(time.monotonic())
        super().resume_writing()

    def unsent_bytes(self) -> int:
        """Return how many bytes wait to be read by the client."""
        return self.transport.get_write_buffer_size()

    def disconnect(self) -> None:
        """Close the connection, even if data is unsent."""
        self.transport.abort()

    def reject(self, status: int) -> None:
        """Send an error response in place of the application, and stop reading from the client."""
        assert self.tracked is not None
        self.rejected = True
        cycle, head_is_known = self.cycle, self.tracked.phase == Phase.BODY
        if cycle is not None and not cycle.response_complete:
            if cycle.scope is not self.scope and not self.pipeline:
                cycle.keep_alive = False  # an earlier request is still being answered; the connection ends after that
                return
            if cycle.response_started or self.pipeline:
                self.transport.abort()
                return
            cycle.disconnected = True
            cycle.message_event.set()
        target = self.url if head_is_known else b""
        log_error_response(status, self.parser.get_method() if head_is_known else b"", target)
        self.transport.write(error_response(status, target))
        if status == TOO_SLOW:  # it is not sending anything, so it can read the answer
            self.transport.close()
            return
        self.transport.write_eof()
        self.flow.resume_reading()
        self.tracked.enter_phase(Phase.LINGER, time.monotonic())


class ChatServer(uvicorn.Server):
    """Uvicorn's server, which closes WebSockets gracefully before it stops."""

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second."""
        if counter % 10 == 0:
            ChatHttpProtocol.tracker.disconnect_overdue()
        return await super().on_tick(counter)

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Called on SIGTERM and SIGINT."""
        start_exit_timer()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Called when the main loop has ended."""
        for server in self.servers:
            server.close()
        await close_websockets()
        await super().shutdown(sockets)
        self._captured_signals.clear()  # otherwise uvicorn raises the signal again, and the process dies of it


def skip_client_errors(record: logging.LogRecord) -> bool:
    """Log filter: client errors already have an access log line and need no traceback."""
    if str(record.msg).startswith("Invalid UTF-8"):
        record.exc_info = None
    return not str(record.msg).startswith(("Invalid HTTP request", "Unsupported upgrade request"))


def run(application: Any, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT. Returns when everything is closed."""
    ChatHttpProtocol.tracker = create_tracker()
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
        timeout_graceful_shutdown=SHUTDOWN_SECONDS // 2,
    )
    logging.getLogger("uvicorn.error").addFilter(skip_client_errors)
    server = ChatServer(config)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(server.serve(sockets=[listener]))
