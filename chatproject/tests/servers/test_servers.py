"""Both servers as processes: what they accept, how they stop, and what they do if the port is taken."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import websockets
from django.conf import settings
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from rooms.tests.support.servers import RunningServer

Factory = Callable[..., RunningServer]
pytestmark = pytest.mark.any_database
both_servers = pytest.mark.parametrize("kind", ["daphne", "uvicorn"])


@pytest.fixture(scope="module")
def live_environment() -> dict[str, str]:
    """Enable compression, which each test may decline."""
    return {"WEBSOCKET_COMPRESSION": "yes"}


@both_servers
async def test_a_stopping_server_closes_its_sockets_with_1012_and_exits_cleanly(
    server_factory: Factory, kind: str
) -> None:
    server = server_factory(kind)
    async with websockets.connect(f"{server.ws_url}/ws/") as client:
        await client.recv()
        status = await asyncio.to_thread(server.terminate)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            while True:
                await client.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
    assert status == 0
    assert "Traceback" not in server.output()


async def test_a_frame_over_the_limit_closes_with_1009(live: RunningServer) -> None:
    async with websockets.connect(f"{live.ws_url}/ws/", compression=None) as client:
        await client.recv()
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await client.send("x" * (settings.MAX_FRAME_BYTES + 1))
            while True:
                await client.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


async def test_compression_is_negotiated_if_it_is_enabled(live: RunningServer) -> None:
    async with websockets.connect(f"{live.ws_url}/ws/") as client:
        assert [extension.name for extension in client.protocol.extensions] == ["permessage-deflate"]
        assert '"welcome"' in str(await client.recv())


async def test_the_compression_window_is_no_larger_than_the_client_accepts(live: RunningServer) -> None:
    small = ClientPerMessageDeflateFactory(server_max_window_bits=9, client_max_window_bits=9)
    async with websockets.connect(f"{live.ws_url}/ws/", extensions=[small], compression=None) as client:
        assert '"welcome"' in str(await client.recv())


async def test_a_compression_bomb_is_rejected_before_it_is_unpacked(live: RunningServer) -> None:
    async with websockets.connect(f"{live.ws_url}/ws/") as client:
        await client.recv()
        before = peak_memory(live.pid)
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await client.send("x" * 60_000_000)  # some 58 KB on the wire
            while True:
                await client.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009
    assert peak_memory(live.pid) - before < 10_000_000


def peak_memory(pid: int) -> int:
    """Return the peak memory of a process in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(status.split("VmHWM:")[1].split()[0])


def test_a_second_server_on_the_same_port_exits_with_one_sentence(server_factory: Factory) -> None:
    first = server_factory()
    command = [sys.executable, "manage.py", "serve", "--port", str(first.port)]
    second = subprocess.run(command, cwd=settings.BASE_DIR, env=first.env, capture_output=True, text=True, timeout=30)
    assert second.returncode != 0
    assert f"Port {first.port} is already in use" in second.stderr
    assert len(second.stderr.strip().splitlines()) == 1


def test_workers_share_a_port_and_stop_with_their_parent(server_factory: Factory) -> None:
    server = server_factory("uvicorn", arguments=["--workers", "2"])
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    assert len(children) == 2
    server.kill9()
    deadline = time.monotonic() + 10
    while any(
        Path(f"/proc/{child}/cmdline").exists() and Path(f"/proc/{child}/cmdline").read_bytes() for child in children
    ):
        assert time.monotonic() < deadline, "a worker outlived its parent"
        time.sleep(0.1)
    server.start()
    assert server.terminate() == 0
