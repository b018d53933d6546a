"""Work that is asked for often and done now and then."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from chatproject.realtime.delivery.hub import Hub

logger = logging.getLogger(__name__)
GATHER_SECONDS = 0.05  # what is asked for within this is done together
REST, MAX_REST = 4, 5.0  # after a piece of work, at least so many times as long as it took, to so many seconds


class Coalesced:
    """Does some work soon after it is asked for, and not again within `seconds`; what fails is tried again."""

    def __init__(self, hub: Hub, work: Callable[[], Awaitable[None]], *, seconds: float, what: str) -> None:
        self.seconds = seconds
        self._hub = hub
        self._work = work
        self._what = what
        self._asked = False
        self._not_before = 0.0
        self._task: asyncio.Task[None] | None = None

    def ask(self) -> None:
        """Have it done; returns at once."""
        self._asked = True
        if self._task is None:
            self._task = self._hub.spawn(self._run())

    async def _run(self) -> None:
        try:
            while self._asked:
                await asyncio.sleep(max(GATHER_SECONDS, self._not_before - time.monotonic()))
                self._asked = False
                began = time.monotonic()
                try:
                    await self._work()
                except Exception as error:
                    logger.warning("%s, trying again: %r", self._what, error)
                    self._asked = True
                ended = time.monotonic()
                self._not_before = ended + max(self.seconds, min(REST * (ended - began), MAX_REST))
        finally:
            self._task = None
