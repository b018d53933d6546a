"""Periodic tasks: work that every server process does at an interval, and shortly after it is requested."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable

from chatproject.origin import Origin, Via, origin
from chatproject.realtime.database import in_database

logger = logging.getLogger(__name__)


class PeriodicTask:
    """Runs some work: every `interval` seconds, and `delay` seconds after the start or a request.

    It runs in a database thread, or in the event loop if it is a coroutine function. It must tolerate other processes
    doing the same at the same moment, and a process that ends halfway through.
    """

    def __init__(self, work: Callable[[], object], *, interval: float, delay: float) -> None:
        self._work = work
        self._interval = interval
        self._delay = delay
        self._requested = asyncio.Event()
        self._due_at = 0.0  # in the event loop's time
        self._loop: asyncio.AbstractEventLoop | None = None

    def run_soon(self) -> None:
        """Request a run, from any thread.

        Does nothing in a process without a server: the server processes find the work.
        """
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._schedule)

    def _schedule(self) -> None:
        self._due_at = asyncio.get_running_loop().time() + self._delay
        self._requested.set()

    async def run(self) -> None:
        """Run the task for as long as the process serves requests."""
        self._loop, self._requested = asyncio.get_running_loop(), asyncio.Event()
        origin.set(Origin(Via.TASK))
        self._schedule()  # for work left by a process that ended
        while True:
            await self._wait_until_due(self._loop)
            try:
                await (self._work() if inspect.iscoroutinefunction(self._work) else in_database(self._work))
            except Exception as error:
                logger.warning("periodic task failed, retrying in %s s: %r", self._interval, error)

    async def _wait_until_due(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            async with asyncio.timeout(self._interval):
                await self._requested.wait()
        except TimeoutError:
            return
        self._requested.clear()  # a request from now on asks for the next run
        await asyncio.sleep(self._due_at - loop.time())


periodic_tasks: list[PeriodicTask] = []  # apps append theirs in AppConfig.ready()
