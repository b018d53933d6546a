"""The connection: opened, watched, and opened again after every drop, with growing waits of random length."""

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
FINAL = (CloseCode.NOT_AUTHENTICATED, CloseCode.DISCONNECTED)
LATER = (CloseCode.TOO_MANY_CONNECTIONS, CloseCode.TOO_MANY_VIOLATIONS)
LONGEST_WAIT = 30.0  # seconds between two attempts
WELCOME_SECONDS = 15.0
SILENT_HEARTBEATS = 2.5  # a server that says nothing for so many of its heartbeats is gone
LARGEST_FRAME = 16 * 1024 * 1024  # bytes; servers send 256 KiB, and one message more at most


class Link:
    """Frames to and from the server. `tell` is for while it is up, between `on_up` and `on_down`."""

    def __init__(
        self,
        url: str,
        token: str | None,
        *,
        on_up: Callable[[Frame], None],
        on_frame: Callable[[Frame], None],
        on_down: Callable[[], None],
        on_end: Callable[[ClientError], None],
    ) -> None:
        self.http_url = http_address(url)
        self._ws_url = "ws" + self.http_url.removeprefix("http") + "/ws/"
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._on_up, self._on_frame, self._on_down, self._on_end = on_up, on_frame, on_down, on_end
        self._outbox: asyncio.Queue[Frame] = asyncio.Queue()
        self._patience = WELCOME_SECONDS
        self._welcomed_at: float | None = None
        self._last_error = ""
        self._opened: asyncio.Future[None] | None = None
        self._running: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Return once the server has said welcome. Raises ConnectionFailed, ConnectionEnded."""
        self._opened = asyncio.get_running_loop().create_future()
        self._running = asyncio.create_task(self._run(self._opened))
        self._running.add_done_callback(self._failed)
        try:
            await asyncio.shield(self._opened)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """End the connection."""
        assert self._running is not None
        self._running.cancel()
        await asyncio.wait([self._running])

    def tell(self, action: str, **fields: Any) -> None:
        """Send a frame. Fields that are None are left out."""
        self._outbox.put_nowait(
            {"action": action} | {name: value for name, value in fields.items() if value is not None}
        )

    async def _run(self, opened: asyncio.Future[None]) -> None:
        tries = 0
        while True:
            self._welcomed_at = None
            end = await self._attempt()
            if end.code in FINAL or not opened.done():
                if opened.done():
                    self._on_end(end)
                elif not opened.cancelled():
                    opened.set_exception(end if end.code in FINAL else ConnectionFailed(str(end)))
                return
            if self._welcomed_at is not None:
                logger.warning("%s Trying again until the server is back.", end)
                if time.monotonic() - self._welcomed_at > LONGEST_WAIT:
                    tries = 0
            tries += 1
            wait = random.uniform(0.1, 1) * min(LONGEST_WAIT, 0.5 * 2**tries)
            await asyncio.sleep(wait + LONGEST_WAIT / 3 if end.code in LATER else wait)

    def _failed(self, running: asyncio.Task[None]) -> None:
        """A frame that this client does not understand must not leave the program waiting for ever."""
        if running.cancelled() or not isinstance(error := running.exception(), Exception):
            return  # ended, or interrupted by Ctrl+C
        logger.error("the connection failed", exc_info=error)
        end = ConnectionEnded(None, f"{self.http_url} sent what this client does not understand.")
        self._on_end(end)
        if self._opened is not None and not self._opened.done():
            self._opened.set_exception(end)

    async def _attempt(self) -> ConnectionEnded:
        """Connect and stay connected. Gives why it ended."""
        self._last_error = ""
        try:
            async with connect(
                self._ws_url, additional_headers=self.headers, max_size=LARGEST_FRAME, close_timeout=1
            ) as socket:
                await self._converse(socket)
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

    async def _converse(self, socket: ClientConnection) -> NoReturn:
        self._patience = WELCOME_SECONDS
        self._outbox = asyncio.Queue()
        writing = asyncio.create_task(self._write(socket, self._outbox))
        try:
            while True:
                async with asyncio.timeout(self._patience):
                    text = await socket.recv()
                self._take(orjson.loads(text))
        finally:
            writing.cancel()
            self._on_down()

    async def _write(self, socket: ClientConnection, outbox: asyncio.Queue[Frame]) -> None:
        while True:
            frame = await outbox.get()
            try:
                await socket.send(orjson.dumps(frame).decode())
            except ConnectionClosed:
                return  # which `recv` tells, too

    def _take(self, frame: Frame) -> None:
        if frame["type"] == FrameType.WELCOME:
            self._patience = SILENT_HEARTBEATS * frame["heartbeat_interval"]
            self._welcomed_at = time.monotonic()
            self._on_up(frame)
            assert self._opened is not None
            if not self._opened.done():
                self._opened.set_result(None)
            return
        if frame["type"] == FrameType.ERROR and frame["code"] == ErrorCode.NOT_AUTHENTICATED:
            self._last_error = frame["detail"]
        self._on_frame(frame)


def http_address(url: str) -> str:
    """The address of a server with http or https, whatever was given. Raises ValueError."""
    parts = urlsplit(url)
    scheme = {"ws": "http", "wss": "https"}.get(parts.scheme, parts.scheme)
    if scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(f"The address must look like http://host:port, not {url!r}.")
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
