"""Uvicorn's WebSocket, extended for a chat server: it reads and writes ordinary text frames itself.

The library that uvicorn uses handles everything else: the handshake, compression, control and fragmented frames, and
errors.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

from chatproject.realtime.delivery.frames import MAX_HEADER, WRITER, frame_size, read_text_frame, text_frame
from chatproject.servers.shutdown import close_reason
from chatproject.servers.tcp_connections import ConnectionTracker, TrackedConnection

CLOSE_TIMEOUT = 3  # time for a slow reader to receive the close frame
MAX_WAITING = 32  # incoming messages waiting for the application; above this, reading from the client pauses


class ChatWebSocketProtocol(WebSocketsSansIOProtocol):
    """A WebSocket that can close while its reader is behind. Stock uvicorn waits for the reader first.

    It is also the `FrameWriter` of its socket. `ready` follows from `_is_ready`: whatever changes that updates it.
    """

    tracker: ConnectionTracker
    tracked: TrackedConnection | None = None
    ready = False
    write: Any = None  # the transport's method

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._partial = bytearray()  # the beginning of a frame that has not arrived completely
        self._missing_up_to = 0  # bytes it must have before it is looked at again

    def _is_ready(self) -> bool:
        """Return whether a frame can be written: nobody is closing, the reader keeps up, no extension changes frames.

        Compression is such an extension.
        """
        conn = self.conn
        return (
            self.handshake_complete
            and not self.disconnected
            and self.writable.is_set()
            and conn.state is State.OPEN
            and not conn.extensions
        )

    # --- The connection --------------------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        """Called when the connection has been upgraded."""
        super().connection_made(transport)
        self.write = transport.write

    def handle_connect(self, event: Any) -> None:
        """Called with the handshake. The application is started with the scope that is made here."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            self.scope[WRITER] = self  # type: ignore[literal-required]

    def connection_lost(self, exc: Exception | None) -> None:
        """Called when the connection has ended."""
        if self.tracked is not None:
            self.tracker.remove(self.tracked)
        super().connection_lost(exc)
        self.ready = False

    def pause_writing(self) -> None:
        """Called by the transport when its buffer is full."""
        super().pause_writing()
        self.ready = False

    def resume_writing(self) -> None:
        """Called by the transport when most of its buffer has been sent."""
        super().resume_writing()
        self.ready = self._is_ready()

    def shutdown(self) -> None:
        """Called when the server stops."""
        super().shutdown()
        self.ready = False

    def keepalive_timeout(self) -> None:
        """Called when the client has not answered a ping in time."""
        super().keepalive_timeout()
        self.ready = self._is_ready()

    # --- Receiving -------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Called with data from the client: the handshake, and then frames in parts of any size."""
        if self._partial:
            self._partial += data
            if len(self._partial) < self._missing_up_to:
                return
            data, self._partial = bytes(self._partial), bytearray()
        while data:
            size = frame_size(data)
            if not self._reads_frames or size > self.config.ws_max_size + MAX_HEADER:
                self._pass_to_library(data)  # the handshake, or what the library will reject or discard
                return
            if size > len(data):
                self._partial, self._missing_up_to = bytearray(data), size
                return
            frame, data = (data, b"") if size == len(data) else (data[:size], data[size:])
            if not self._receive_text(frame):
                self._pass_to_library(frame)

    @property
    def _reads_frames(self) -> bool:
        return self.handshake_initiated and self.conn.parser_exc is None and self.conn.close_rcvd is None

    def _pass_to_library(self, data: bytes) -> None:
        super().data_received(data)
        self.ready = self._is_ready()

    def _receive_text(self, frame: bytes) -> bool:
        """Give an ordinary text frame to the application. Returns False for any other frame."""
        if self.close_sent or self.conn.current_size is not None:  # `current_size` is that of a fragmented message
            return False
        text = read_text_frame(frame)
        if text is None:
            return False
        self.queue.put_nowait({"type": "websocket.receive", "text": text})
        if not self.read_paused and self.queue.qsize() > MAX_WAITING:
            self.read_paused = True  # until the queue is empty
            self.transport.pause_reading()
        return True

    # --- Sending ---------------------------------------------------------------------------------------------

    async def send(self, message: Any) -> None:
        """Send an event from the application. Returns at once if there is room, else waits."""
        if self.ready and message["type"] == "websocket.send" and message.get("text") is not None:
            self.write(text_frame(message))
            return
        if message["type"] == "websocket.close":
            message = {**message, "reason": close_reason(message)}
            if not self.writable.is_set():
                self.writable.set()
                self.loop.call_later(CLOSE_TIMEOUT, self.transport.abort)
        await super().send(message)
        self.ready = self._is_ready()
