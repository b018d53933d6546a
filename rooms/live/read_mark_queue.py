"""Group commit for read pointers: when a room's readers all see a message, their marks are one transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from weakref import WeakKeyDictionary

from django.db import DatabaseError

from chatproject.realtime.database import in_database
from rooms.errors import ServiceError, Unavailable
from rooms.services.read_marks import ReadMark, read_marks_move

logger = logging.getLogger(__name__)
GATHER_SECONDS = 0.2  # nobody waits for a mark, and the next ones are cheaper together
MAX_BATCH = 500

Outcome = int | ServiceError  # where the pointer is now
Done = Callable[[Outcome], None]


class ReadMarkQueue:
    """One process's queue of marks on their way to the database."""

    def __init__(self) -> None:
        self._waiting: list[tuple[ReadMark, Done]] = []
        self._running: asyncio.Task[None] | None = None

    def mark(self, mark: ReadMark, done: Done) -> None:
        """Move a pointer soon; `done` is called in the event loop when that is committed or refused."""
        self._waiting.append((mark, done))
        if self._running is None:
            self._running = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(GATHER_SECONDS)
                batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
                outcomes = await in_database(mark_all, [mark for mark, _ in batch])
                for (_, done), outcome in zip(batch, outcomes, strict=True):
                    done(outcome)
        finally:
            self._running = None


def mark_all(batch: list[ReadMark]) -> list[Outcome]:
    """`read_marks_move`, with a database's refusal as everybody's outcome."""
    try:
        return read_marks_move(batch)
    except DatabaseError as error:
        logger.warning("%d read marks not committed: %s", len(batch), error)
    except Exception:
        logger.exception("read marks not committed")
    return [Unavailable("The database did not respond. Try again.")] * len(batch)


_markers: WeakKeyDictionary[asyncio.AbstractEventLoop, ReadMarkQueue] = WeakKeyDictionary()


def get_read_mark_queue() -> ReadMarkQueue:
    """The marker of the running event loop: one per server process."""
    loop = asyncio.get_running_loop()
    if loop not in _markers:
        _markers[loop] = ReadMarkQueue()
    return _markers[loop]
