"""The quick half of the fault lab (docs/faults.md): its rows, shortened, and with more time on a busy machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from faults.lab import QUICK, Lab
from faults.rows.processes import kill_server
from faults.rows.redis import kill_redis, stop_redis
from faults.rows.slowness import slow_reader
from rooms.tests.support.servers import RunningServer, TestValkey

pytestmark = pytest.mark.slow
Row = Callable[[Lab], Coroutine[Any, Any, None]]
Run = Callable[[Row, str], Coroutine[Any, Any, None]]


@pytest.fixture
def run(server_factory: Callable[..., RunningServer], valkey: TestValkey, tmp_path: Path) -> Run:
    """Runs a row on servers of a kind."""

    async def run_row(row: Row, server: str) -> None:
        lab = Lab(server_factory, valkey, server, tmp_path, scale=QUICK)
        await row(lab)
        assert lab.report.wrong == []

    return run_row


async def test_servers_that_are_killed_lose_and_duplicate_nothing(run: Run) -> None:
    await run(kill_server, "uvicorn")


@pytest.mark.any_database
async def test_without_redis_messages_arrive_within_six_seconds(run: Run) -> None:
    await run(kill_redis, "daphne")


@pytest.mark.any_database
async def test_a_hanging_redis_delays_neither_handshakes_nor_sends(run: Run) -> None:
    await run(stop_redis, "uvicorn")


@pytest.mark.any_database
async def test_readers_who_never_read_are_disconnected_and_delay_nobody(run: Run) -> None:
    await asyncio.gather(run(slow_reader, "daphne"), run(slow_reader, "uvicorn"))  # both mostly wait
