"""What both servers do when they are told to end."""

import asyncio
import logging
import os
import threading

logger = logging.getLogger(__name__)

GOODBYE_SECONDS = 8  # for closing every socket and finishing requests under way
LAST_RESORT_SECONDS = 14  # after this the process ends, whatever still runs


def end_in_time() -> None:
    """See to it that this process is gone in time, though a thread or the event loop may hang."""
    timer = threading.Timer(LAST_RESORT_SECONDS, os._exit, [1])
    timer.daemon = True
    timer.start()


async def say_goodbye() -> None:
    """Close every WebSocket of this process with 1012, so that clients come back elsewhere at once."""
    from chatproject.realtime.consumer import shutdown  # needs Django

    try:
        await asyncio.wait_for(shutdown(), GOODBYE_SECONDS)
    except Exception:
        logger.exception("Not every socket was closed properly.")
