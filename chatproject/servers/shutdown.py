"""The shutdown of both servers, and of a single socket."""

import asyncio
import logging
import os
import threading
from typing import Any

logger = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 8  # to close every socket and finish active requests
FORCED_EXIT_SECONDS = 14  # after this the process exits, whatever is still running


def start_exit_timer() -> None:
    """Make sure that this process exits in time, even if a thread or the event loop hangs."""
    timer = threading.Timer(FORCED_EXIT_SECONDS, os._exit, [1])
    timer.daemon = True
    timer.start()


async def close_websockets() -> None:
    """Close every WebSocket of this process with 1012, so that clients reconnect elsewhere at once."""
    from chatproject.realtime.sockets.supervisor import shutdown  # needs Django

    try:
        await asyncio.wait_for(shutdown(), SHUTDOWN_SECONDS)
    except Exception:
        logger.exception("Not every socket was closed properly.")


def close_reason(message: dict[str, Any]) -> str:
    """Return the reason of a `websocket.close`, cut to the 123 bytes that fit into a close frame (RFC 6455, 5.5)."""
    return (message.get("reason") or "").encode()[:123].decode(errors="ignore")
