"""The WebSocket connection: opened, monitored, and reopened after every loss with exponential, randomized delays."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable
from typing import Any, NoReturn
from urllib.parse import urlsplit, urlunsplit

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from chatproject.realtime.protocol import CloseCode, ErrorCode, FrameType
from rooms.client.errors import ClientError, ConnectionEnded, ConnectionFailed

logger = logging.getLogger("rooms.client")
Frame = dict[str, Any]
NOT_ADMITTED = (ErrorCode.NOT_AUTHENTICATED, ErrorCode.TWO_STEP_REQUIRED)
FINAL = (CloseCode.NOT_AUTHENTICATED, CloseCode.DISCONNECTED)
RETRY_LATER = (CloseCode.TOO_MANY_CONNECTIONS, CloseCode.TOO_MANY_VIOLATIONS)
MAX_RETRY_WAIT = 30.0  # seconds between two attempts
WELCOME_SECONDS = 15.0
MISSED_HEARTBEATS = 2.5  # without any frame for this many heartbeat intervals, the server is gone
MAX_FRAME_BYTES = 16 * 1024 * 1024  # bytes; servers send 256 KiB, or more if a single message is larger


class Connection:
    """Sends and receives frames. Call `send_frame` only between `on_connected` and `on_disconnected`."""

    def __init__(
        self,
        url: str,
        token: str | None,
        *,
        on_connected: Callable[[Frame], None],
        on_frame: Callable[[Frame], None],
        on_disconnected: Callable[[], None],
        on_end: Callable[[ClientError], None],
    ) -> None:
        self.http_url = http_base_url(url)
        self._ws_url = "ws" + self.http_url.removeprefix("http") + "/ws/"
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._on_connected, self._on_frame, self._on_disconnected, self._on_end = (
            on_connected,
            on_frame,
            on_disconnected,
            on_end,
        )
        self._outgoing: asyncio.Queue[Frame] = asyncio.Queue()
        self._timeout = WELCOME_SECONDS
        self._welcomed_at: float | None = None
        self._last_error = ""
        self._opened: asyncio.Future[None] | None = None
        self._running: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Return once the server has sent `welcome`. Raises ConnectionFailed, ConnectionEnded."""
        self._opened = asyncio.get_running_loop().create_future()
        self._running = asyncio.create_task(self._run(self._opened))
        self._running.add_done_callback(self._check_task)
        try:
            await asyncio.shield(self._opened)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Close the connection."""
        assert self._running is not None
        self._running.cancel()
        await asyncio.wait([self._running])

    def send_frame(self, action: str, **fields: Any) -> None:
        """Send a frame. Fields that are None are left out."""
        self._outgoing.put_nowait(
            {"action": action} | {name: value for name, value in fields.items() if value is not None}
        )

    async def _run(self, opened: asyncio.Future[None]) -> None:
        attempts = 0
        while True:
            self._welcomed_at = None
            end = await self._connect_once()
            if end.code in FINAL or not opened.done():
                if opened.done():
                    self._on_end(end)
                elif not opened.cancelled():
                    opened.set_exception(end if end.code in FINAL else ConnectionFailed(str(end)))
                return
            if self._welcomed_at is not None:
                logger.warning("%s Trying again until the server is back.", end)
                if time.monotonic() - self._welcomed_at > MAX_RETRY_WAIT:
                    attempts = 0
            attempts += 1
            wait = random.uniform(0.1, 1) * min(MAX_RETRY_WAIT, 0.5 * 2**attempts)
            await asyncio.sleep(wait + MAX_RETRY_WAIT / 3 if end.code in RETRY_LATER else wait)

    def _check_task(self, running: asyncio.Task[None]) -> None:
        """End the client if its task crashed: after an invalid frame, the program must not wait forever."""
        if running.cancelled() or not isinstance(error := running.exception(), Exception):
            return  # ended, or interrupted by Ctrl+C
        logger.error("the connection failed", exc_info=error)
        end = ConnectionEnded(None, f"{self.http_url} sent what this client does not understand.")
        self._on_end(end)
        if self._opened is not None and not self._opened.done():
            self._opened.set_exception(end)

    async def _connect_once(self) -> ConnectionEnded:
        """Connect and stay connected. Returns why the connection ended."""
        self._last_error = ""
        try:
            async with connect(
                self._ws_url, additional_headers=self.headers, max_size=MAX_FRAME_BYTES, close_timeout=1
            ) as socket:
                await self._exchange_frames(socket)
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd else None
            if self._last_error:
                return ConnectionEnded(code, self._last_error)
            return ConnectionEnded(code, f"{self.http_url} closed the connection ({code or 'without a word'}).")
        except TimeoutError:
            return ConnectionEnded(None, f"{self.http_url} does not answer.")
        except InvalidStatus as error:
            return ConnectionEnded(None, f"{self.http_url} answers with HTTP {error.response.status_code}.")
        except (OSError, WebSocketException, ValueError) as error:
            return ConnectionEnded(None, f"{self.http_url} can't be reached: {error}.")

    async def _exchange_frames(self, socket: ClientConnection) -> NoReturn:
        self._timeout = WELCOME_SECONDS
        self._outgoing = asyncio.Queue()
        sending = asyncio.create_task(self._send_outgoing(socket, self._outgoing))
        try:
            while True:
                async with asyncio.timeout(self._timeout):
                    text = await socket.recv()
                self._handle_frame(orjson.loads(text))
        finally:
            sending.cancel()
            self._on_disconnected()

    async def _send_outgoing(self, socket: ClientConnection, outgoing: asyncio.Queue[Frame]) -> None:
        while True:
            frame = await outgoing.get()
            try:
                await socket.send(orjson.dumps(frame).decode())
            except ConnectionClosed:
                return  # `recv` raises it, too

    def _handle_frame(self, frame: Frame) -> None:
        if frame["type"] == FrameType.WELCOME:
            self._timeout = MISSED_HEARTBEATS * frame["heartbeat_interval"]
            self._welcomed_at = time.monotonic()
            self._on_connected(frame)
            assert self._opened is not None
            if not self._opened.done():
                self._opened.set_result(None)
            return
        if frame["type"] == FrameType.ERROR and frame["code"] in NOT_ADMITTED:
            self._last_error = frame["detail"]
        self._on_frame(frame)


def http_base_url(url: str) -> str:
    """Return a server's http or https URL for any of its URLs. Raises ValueError."""
    parts = urlsplit(url)
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    if scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(f"The address must look like http://host:port, not {url!r}.")
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
