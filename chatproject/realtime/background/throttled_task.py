"""Throttled tasks: work that is requested often but runs at most once per interval."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from chatproject.realtime.delivery.hub import Hub

logger = logging.getLogger(__name__)
DELAY_SECONDS = 0.05  # requests within this time share one run
PAUSE_FACTOR, MAX_PAUSE = 4, 5.0  # pause after a run for this many times its duration, at most this many seconds


class ThrottledTask:
    """Runs some work soon after it is requested, at most once per `interval` seconds. Retries it if it fails."""

    def __init__(self, hub: Hub, work: Callable[[], Awaitable[None]], *, interval: float, failure: str) -> None:
        self._interval = interval
        self._hub = hub
        self._work = work
        self._failure = failure
        self._requested = False
        self._earliest_start = 0.0
        self._task: asyncio.Task[None] | None = None

    def run_soon(self) -> None:
        """Request a run; returns at once."""
        self._requested = True
        if self._task is None:
            self._task = self._hub.spawn(self._run())

    async def _run(self) -> None:
        try:
            while self._requested:
                await asyncio.sleep(max(DELAY_SECONDS, self._earliest_start - time.monotonic()))
                self._requested = False
                began = time.monotonic()
                try:
                    await self._work()
                except Exception as error:
                    logger.warning("%s, retrying: %r", self._failure, error)
                    self._requested = True
                ended = time.monotonic()
                self._earliest_start = ended + max(self._interval, min(PAUSE_FACTOR * (ended - began), MAX_PAUSE))
        finally:
            self._task = None
