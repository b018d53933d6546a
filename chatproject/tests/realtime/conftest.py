"""A hub on the test's own event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from chatproject.realtime import database as realtime_database
from chatproject.realtime.delivery.hub import Hub


@pytest.fixture
async def hub(live_db: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    """A hub on this test's event loop, with a real database and Valkey."""
    # Its own threads: those of an earlier test keep a connection to its database.
    executor = ThreadPoolExecutor(1)
    monkeypatch.setattr(realtime_database, "_executor", executor)
    hub = Hub()
    yield hub
    for task in list(hub._tasks):
        task.cancel()
    await asyncio.gather(*hub._tasks, return_exceptions=True)
    executor.submit(connections.close_all).result()
    executor.shutdown()
