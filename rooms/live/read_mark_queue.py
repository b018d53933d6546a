"""Group commit for read markers: when all readers of a room see a message, their markers share one transaction."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _

from chatproject.realtime.database import in_database
from chatproject.realtime.event_loop import PerLoop
from rooms.errors import ServiceError, Unavailable
from rooms.services.read_marks import ReadMark, read_marks_move

logger = logging.getLogger(__name__)
DELAY_SECONDS = 0.2  # nobody waits for a read marker, and larger batches are cheaper
MAX_BATCH = 500

Outcome = int | ServiceError  # the new position of the read marker
Done = Callable[[Outcome], None]


class ReadMarkQueue:
    """One process's queue of read markers to commit."""

    def __init__(self) -> None:
        self._waiting: list[tuple[ReadMark, Done]] = []
        self._running: asyncio.Task[None] | None = None

    def mark(self, mark: ReadMark, done: Done) -> None:
        """Move a read marker soon. `done` is called in the event loop once it is committed or rejected."""
        self._waiting.append((mark, done))
        if self._running is None:
            self._running = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        try:
            while self._waiting:
                await asyncio.sleep(DELAY_SECONDS)
                batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
                outcomes = await in_database(move_each, [mark for mark, _ in batch])
                for (_, done), outcome in zip(batch, outcomes, strict=True):
                    done(outcome)
        finally:
            self._running = None


def move_each(batch: list[ReadMark]) -> list[Outcome]:
    """Call `read_marks_move`. A database error becomes everybody's outcome."""
    try:
        return read_marks_move(batch)
    except DatabaseError as error:
        logger.warning("%d read markers not committed: %s", len(batch), error)
    except Exception:
        logger.exception("read markers not committed")
    return [Unavailable(_("The database did not respond. Try again."))] * len(batch)


get_read_mark_queue = PerLoop(ReadMarkQueue)
