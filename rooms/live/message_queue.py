"""Group commit for sockets and the REST API: messages that arrive during a commit form the next batch."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future

from django.db import DatabaseError, OperationalError
from django.utils.translation import gettext_lazy as _

from chatproject.http.handler import let_others_run, server_loop
from chatproject.realtime.database import in_writing_thread
from chatproject.realtime.event_loop import PerLoop
from chatproject.tracing import traced
from rooms.errors import ServiceError, Unavailable
from rooms.services.posting import NewMessage, Posted, messages_post

logger = logging.getLogger(__name__)
MAX_BATCH = 256  # messages; larger commits take longer without being cheaper per message
# Under load, clients that were just answered write again at once. A short pause before the next batch lets all join it.
PAUSE_FACTOR = 0.2  # of the time that the last batch took
MAX_PAUSE = 0.02  # seconds
ANSWER_SECONDS = 30  # more than a database on SQLite waits for another writer
NO_ANSWER = _("The database did not respond. Send the message again with the same client_id.")

Outcome = Posted | ServiceError
Done = Callable[[Outcome], None]


class MessageQueue:
    """One process's queue of messages to commit."""

    def __init__(self) -> None:
        self._waiting: list[tuple[NewMessage, Done]] = []
        self._running: asyncio.Task[None] | None = None
        self._pause = 0.0  # seconds

    def post(self, new: NewMessage, done: Done) -> None:
        """Post a message soon. `done` is called in the event loop once it is committed or rejected."""
        self._waiting.append((new, done))
        if self._running is None:
            self._running = asyncio.ensure_future(self._run())

    async def _run(self) -> None:
        try:
            while self._waiting:
                if self._pause:
                    await asyncio.sleep(self._pause)
                batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
                began = time.monotonic()
                outcomes = await in_writing_thread(post_each, [new for new, _ in batch])
                for (_, done), outcome in zip(batch, outcomes, strict=True):
                    done(outcome)
                self._pause = min((time.monotonic() - began) * PAUSE_FACTOR, MAX_PAUSE) if len(batch) > 1 else 0.0
        finally:
            self._running = None


def post_and_wait(new: NewMessage) -> Posted:
    """Post a message from the thread of an HTTP request, in one batch with others. Raises ServiceError."""
    loop = server_loop.get()
    if loop is None:
        outcome = post_each([new])[0]
    else:
        committed: Future[Outcome] = Future()
        let_others_run()  # their messages can share the commit
        loop.call_soon_threadsafe(lambda: get_message_queue().post(new, committed.set_result))
        try:
            outcome = committed.result(ANSWER_SECONDS)
        except TimeoutError:  # the server is stopping, or its database hangs
            outcome = Unavailable(NO_ANSWER)
    if isinstance(outcome, Unavailable):
        logger.warning("message of this request not committed: see the queue's own line")  # which has no request id
    if isinstance(outcome, ServiceError):
        raise outcome
    return outcome


@traced(lambda batch: ("commit messages", {"parlor.messages": len(batch)}))
def post_each(batch: list[NewMessage]) -> list[Outcome]:
    """Call `messages_post`. A database error affects only the messages that cause it."""
    try:
        return messages_post(batch)
    except OperationalError as error:
        logger.warning("%d messages not committed: %s", len(batch), error)
        return [Unavailable(NO_ANSWER)] * len(batch)
    except DatabaseError:
        if len(batch) == 1:
            logger.exception("message refused by the database")
            return [Unavailable(NO_ANSWER)]
        return [outcome for new in batch for outcome in post_each([new])]
    except Exception:
        logger.exception("messages not committed")
        return [Unavailable(NO_ANSWER)] * len(batch)


get_message_queue = PerLoop(MessageQueue)
