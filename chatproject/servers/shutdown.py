"""What both servers do when they, or one socket, are to end."""

import asyncio
import logging
import os
import threading
from typing import Any

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
    from chatproject.realtime.sockets.supervisor import shutdown  # needs Django

    try:
        await asyncio.wait_for(shutdown(), GOODBYE_SECONDS)
    except Exception:
        logger.exception("Not every socket was closed properly.")


def close_reason(message: dict[str, Any]) -> str:
    """The reason of a `websocket.close`, cut to the 123 bytes that fit into a close frame (RFC 6455, 5.5)."""
    return (message.get("reason") or "").encode()[:123].decode(errors="ignore")
