"""The proxy delays, throttles, resets and swallows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rooms.tests.support.proxies import Proxy

pytestmark = pytest.mark.any_database
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[Proxy]:
    """A proxy before a server on a unix socket that sends back what it gets."""
    path = str(tmp_path / "echo.sock")
    async with await asyncio.start_unix_server(echo, path), Proxy(path) as one:
        yield one


async def connect(proxy: Proxy) -> Streams:
    """Open a connection through the proxy."""
    return await asyncio.open_connection("127.0.0.1", int(proxy.url.rpartition(":")[2]))


async def said_back(streams: Streams, data: bytes) -> bytes:
    """Send something and return as many bytes."""
    reader, writer = streams
    writer.write(data)
    return await asyncio.wait_for(reader.readexactly(len(data)), 20)


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_it_delays_both_directions_and_keeps_the_order(proxy: Proxy) -> None:
    streams = await connect(proxy)
    proxy.delay = 0.1
    began = now()
    assert await said_back(streams, b"one") == b"one"
    assert now() - began >= 0.2
    proxy.delay = 0.0
    assert await said_back(streams, b"two") == b"two"
    streams[1].close()


async def test_it_throttles(proxy: Proxy) -> None:
    streams = await connect(proxy)
    proxy.rate = 100_000
    began = now()
    assert await said_back(streams, b"x" * 50_000) == b"x" * 50_000
    assert now() - began >= 0.4
    streams[1].close()


async def test_it_resets(proxy: Proxy) -> None:
    streams = await connect(proxy)
    assert await said_back(streams, b"one") == b"one"
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(streams[0].read(), 20)


async def test_it_swallows_without_an_error_until_it_recovers(proxy: Proxy) -> None:
    streams = await connect(proxy)
    assert await said_back(streams, b"one") == b"one"
    proxy.swallow()
    await asyncio.sleep(0)
    streams[1].write(b"two")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(streams[0].readexactly(3), 0.3)
    proxy.recover()
    assert await asyncio.wait_for(streams[0].readexactly(3), 20) == b"two"
    streams[1].close()
