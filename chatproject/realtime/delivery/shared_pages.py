"""Pages of history that sockets share if they subscribe to a stream at about the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import Any

from chatproject.realtime.delivery.stream import Event

# Everything in a page takes a version when it changes, except for names and pictures: if the message that they changed
# is lost, they are shown as before for this long.
SHARED_SECONDS = 1.0


@dataclass(slots=True)
class Page:
    """The newest rows of a stream as frames, and the version that they represent."""

    version: int
    events: list[Event]


class SharedPages:
    """The pages that one process is reading or has just read, each read and encoded once."""

    def __init__(self, spawn: Callable[[Coroutine[Any, Any, Page]], asyncio.Task[Page]]) -> None:
        self._spawn = spawn
        self._reads: dict[Hashable, asyncio.Task[Page]] = {}

    async def get(self, key: Hashable, version: int, read: Callable[[], Awaitable[Page]]) -> Page:
        """Return a page as of `version` or later. `key` tells apart pages that differ. Raises what `read` raises."""
        while True:
            task = self._reads.get(key)
            if task is None:
                task = self._reads[key] = self._spawn(self._read(key, read))
            page = await asyncio.shield(task)
            if page.version >= version:
                return page
            if self._reads.get(key) is task:
                del self._reads[key]

    async def _read(self, key: Hashable, read: Callable[[], Awaitable[Page]]) -> Page:
        reads, task = self._reads, asyncio.current_task()

        def forget() -> None:
            if reads.get(key) is task:
                del reads[key]

        try:
            page = await read()
        except BaseException:
            forget()
            raise
        asyncio.get_running_loop().call_later(SHARED_SECONDS, forget)
        return page

    def forget_all(self) -> None:
        """Read all pages anew from now on, also those that are being read."""
        self._reads = {}
