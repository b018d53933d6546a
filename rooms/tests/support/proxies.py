"""A TCP proxy between a client and a server that simulates network failures."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Self


class Proxy:
    """Forwards bytes in both directions. As a context manager, it resets all connections on exit."""

    def __init__(self, target_port: int) -> None:
        self.connections = 0  # accepted so far
        self._target_port = target_port
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
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.transport.abort()
            return
        self._writers.add(to_writer)
        await asyncio.gather(self._pass_on(reader, to_writer), self._pass_on(to_reader, writer))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._passing.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
        self._writers.discard(writer)


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
