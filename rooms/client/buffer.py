"""A bounded buffer of messages that have arrived but that the program has not asked for yet."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

from rooms.client.errors import ClientError, RoomLost

Message = dict[str, Any]
MAX_MESSAGES = 1000
MAX_CHARACTERS = 4 * 1024 * 1024


class Buffer:
    """A queue that reports when it is full. It can exceed its limit by one frame at most."""

    def __init__(self) -> None:
        self.has_space = asyncio.Event()  # cleared when full; set again when half empty
        self.has_space.set()
        self._items: deque[Message | RoomLost] = deque()
        self._characters = 0
        self._ended = False
        self._error: ClientError | None = None
        self._changed = asyncio.Event()

    def __len__(self) -> int:
        return len(self._items)

    @property
    def full(self) -> bool:
        """Whether to wait for `has_space` before adding more."""
        return not self.has_space.is_set()

    def put(self, items: Sequence[Message | RoomLost]) -> None:
        """Add messages, or the end of a room in its place among them."""
        self._items.extend(items)
        self._characters += sum(map(size_of, items))
        if len(self._items) >= MAX_MESSAGES or self._characters >= MAX_CHARACTERS:
            self.has_space.clear()
        self._changed.set()

    def end(self, error: ClientError | None) -> None:
        """End the queue: once it is empty, `get` raises the error, or StopAsyncIteration without one."""
        self._ended, self._error = True, error
        self._changed.set()

    async def get(self) -> Message:
        """Wait for the next message and return it. Raises RoomLost, StopAsyncIteration and the error given to `end`."""
        while not self._items:
            if self._ended:
                raise self._error or StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        item = self._items.popleft()
        self._characters -= size_of(item)
        if len(self._items) <= MAX_MESSAGES // 2 and self._characters <= MAX_CHARACTERS // 2:
            self.has_space.set()
        if isinstance(item, RoomLost):
            raise item
        return item


def size_of(item: Message | RoomLost) -> int:
    """Return roughly how many characters an item holds."""
    return 0 if isinstance(item, RoomLost) else len(item["content"]) + len(item["html"])
