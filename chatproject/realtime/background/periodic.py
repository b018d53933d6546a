"""Work that every server process does by itself: now and then, and a moment after it was asked to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from chatproject.realtime.database import in_database

logger = logging.getLogger(__name__)


class PeriodicTask:
    """Something to do in a database thread: every `every` seconds, and `after` seconds after `soon` and the start.

    It must not mind that other processes do the same at the same moment, nor that a process ends in the middle.
    """

    def __init__(self, work: Callable[[], object], *, every: float, after: float) -> None:
        self._work = work
        self._every = every
        self._after = after
        self._asked = asyncio.Event()
        self._due = 0.0  # in the loop's time
        self._loop: asyncio.AbstractEventLoop | None = None

    def run_soon(self) -> None:
        """Ask for it, from any thread. In a process that serves nothing nothing happens: the servers find it."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ask)

    def _ask(self) -> None:
        self._due = asyncio.get_running_loop().time() + self._after
        self._asked.set()

    async def run(self) -> None:
        """Do it for as long as the process serves."""
        self._loop, self._asked = asyncio.get_running_loop(), asyncio.Event()
        self._ask()  # for a process that ended
        while True:
            await self._until_due(self._loop)
            try:
                await in_database(self._work)
            except Exception as error:
                logger.warning("not done, trying again in %s s: %r", self._every, error)

    async def _until_due(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            async with asyncio.timeout(self._every):
                await self._asked.wait()
        except TimeoutError:
            return
        self._asked.clear()  # who asks from now on asks for the time after this
        await asyncio.sleep(self._due - loop.time())


periodic_tasks: list[PeriodicTask] = []  # apps add theirs when they are ready
