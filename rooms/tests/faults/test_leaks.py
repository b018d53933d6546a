"""A server process releases its resources when its clients are gone."""

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from websockets.asyncio.client import connect

from rooms.tests.support.clients import person, token_of
from rooms.tests.support.servers import RunningServer

SLACK = 12  # descriptors; for database threads that were not needed before, and their files


def open_files(server: RunningServer) -> int:
    return len(os.listdir(f"/proc/{server.pid}/fd"))


@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
def test_requests_leave_no_database_connections_open(server_factory: Callable[..., RunningServer], kind: str) -> None:
    server = server_factory(kind)
    headers = {"Authorization": f"Bearer {token_of(person('ann'))}"}
    with httpx.Client(base_url=server.url, headers=headers, trust_env=False) as client:

        def ask(times: int) -> set[int]:
            with ThreadPoolExecutor(8) as threads:
                return set(threads.map(lambda _: client.get("/api/rooms/").status_code, range(times)))

        assert ask(20) == {200}
        before = open_files(server)
        assert ask(200) == {200}
        assert open_files(server) < before + SLACK


@pytest.mark.any_database
@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
def test_closed_sockets_leave_no_files_open(server_factory: Callable[..., RunningServer], kind: str) -> None:
    server = server_factory(kind)

    async def come_and_go(count: int) -> None:
        async with connect(f"{server.ws_url}/ws/") as socket:
            await socket.recv()
        for _ in range(count // 20):
            await asyncio.gather(*(one() for _ in range(20)))

    async def one() -> None:
        async with connect(f"{server.ws_url}/ws/") as socket:
            await socket.recv()

    asyncio.run(come_and_go(20))
    before = open_files(server)
    asyncio.run(come_and_go(200))
    assert open_files(server) < before + SLACK
