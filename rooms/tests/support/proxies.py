"""A TCP proxy between a client and a server, or a server and its stores, that simulates a bad network."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Self

MAX_HELD = 64  # reads that are delayed; then reading pauses
PIECE = 4096  # bytes that are sent at once while the rate is limited


class Proxy:
    """Forwards bytes in both directions. As a context manager, it resets all connections on exit.

    `target` is a local port, or the path of a unix socket. `delay` and `rate` may be changed at any time.
    """

    def __init__(self, target: int | str) -> None:
        self.connections = 0  # accepted so far
        self.delay = 0.0  # seconds by which everything arrives later
        self.rate = 0  # bytes per second, of each connection in each direction; 0 for no limit
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()
        self._passing = asyncio.Event()
        self._passing.set()
        self._port = 0
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.go_away()

    @property
    def url(self) -> str:
        """The URL to connect to instead of the server's."""
        return f"http://127.0.0.1:{self._port}"

    async def listen(self) -> None:
        """Accept connections, at the same address again after `go_away`."""
        self._loop = asyncio.get_running_loop()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    def go_away(self) -> None:
        """Reset all connections and accept no more, until `listen`."""
        assert self._server is not None
        self._server.close()
        self.reset()

    def reset(self) -> None:
        """Reset all connections."""
        for writer in list(self._writers):
            with contextlib.suppress(OSError):
                sock = writer.get_extra_info("socket")
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    def swallow(self) -> None:
        """Swallow all bytes until `recover`, like a network that loses all packets without any error."""
        self._loop.call_soon_threadsafe(self._passing.clear)

    def recover(self) -> None:
        """Forward again, beginning with what was held back, as TCP does when it retransmits."""
        self._loop.call_soon_threadsafe(self._passing.set)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            if isinstance(self._target, str):
                to_reader, to_writer = await asyncio.open_unix_connection(self._target)
            else:
                to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers.add(to_writer)
        await asyncio.gather(self._pass_on(reader, to_writer), self._pass_on(to_reader, writer))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(MAX_HELD)
        sending = asyncio.create_task(self._send(held, writer))
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await held.put((self._loop.time() + self.delay, data))
        await held.put((0.0, b""))
        await sending
        writer.close()
        self._writers.discard(writer)

    async def _send(self, held: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        """Send what has been read, until an empty piece. If the other side is gone, it is discarded."""
        while (next_one := await held.get())[1]:
            due, data = next_one
            if (wait := due - self._loop.time()) > 0:
                await asyncio.sleep(wait)
            with contextlib.suppress(OSError):
                for piece in self._pieces(data):
                    await self._passing.wait()
                    writer.write(piece)
                    await writer.drain()
                    if self.rate:
                        await asyncio.sleep(len(piece) / self.rate)

    def _pieces(self, data: bytes) -> list[bytes]:
        return [data[start : start + PIECE] for start in range(0, len(data), PIECE)] if self.rate else [data]


@contextlib.contextmanager
def proxy_in_thread(target_port: int) -> Iterator[Proxy]:
    """Return a proxy in its own thread, for tests without an event loop, which may call `swallow` and `recover`."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    proxy = asyncio.run_coroutine_threadsafe(_listening(target_port), loop).result()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(proxy.go_away)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def _listening(target_port: int) -> Proxy:
    proxy = Proxy(target_port)
    await proxy.listen()
    return proxy
