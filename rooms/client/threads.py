"""Blocking calls in threads that don't block the event loop or the program's exit."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def in_thread(function: Callable[..., T], *args: Any) -> T:
    """Call a function in its own thread.

    `asyncio.to_thread` is not used: on exit an event loop waits for those threads, however long a read takes.
    """
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def settle(set_it: Callable[[Any], None], value: object) -> None:
        if not outcome.done():
            set_it(value)

    def run() -> None:
        ending: tuple[Callable[[Any], None], object]
        try:
            ending = (outcome.set_result, function(*args))
        except BaseException as error:
            ending = (outcome.set_exception, error)
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, *ending)

    threading.Thread(target=run, daemon=True).start()
    return await outcome
