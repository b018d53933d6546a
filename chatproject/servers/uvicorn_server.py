"""Uvicorn with what a chat server needs on top: sockets that are closed by the application when the server ends."""

import asyncio
import logging
import socket
from typing import Any

import uvicorn
from django.conf import settings
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

from chatproject.servers.ending import GOODBYE_SECONDS, close_reason, end_in_time, say_goodbye
from chatproject.servers.frames import text_frame

ABANDON_SECONDS = 3  # a reader that was behind when it was closed gets this long to take the close frame


class ChatWebSocketProtocol(WebSocketsSansIOProtocol):
    """A socket that can be closed though its reader is behind. Stock uvicorn waits for the reader first."""

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


def without_traceback(record: logging.LogRecord) -> bool:
    """A log filter: what a client did wrong is no fault of ours to trace back."""
    if str(record.msg).startswith("Invalid UTF-8"):
        record.exc_info = None
    return True


def run(application: Any, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT. Returns when everything is closed."""
    config = uvicorn.Config(
        application,
        loop="uvloop",
        http="httptools",
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
        timeout_graceful_shutdown=GOODBYE_SECONDS // 2,
    )
    logging.getLogger("uvicorn.error").addFilter(without_traceback)
    server = ChatServer(config)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(server.serve(sockets=[listener]))
