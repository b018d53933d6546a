"""Messages that have arrived and that the program has not asked for yet: a bounded number of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

from rooms.client.errors import ClientError, RoomLost

Message = dict[str, Any]
MOST_MESSAGES = 1000
MOST_CHARACTERS = 4 * 1024 * 1024


class Buffer:
    """A queue that says when it is full. One frame more than full is what it can hold at most."""

    def __init__(self) -> None:
        self.roomy = asyncio.Event()  # set while at most half full, from when it was full
        self.roomy.set()
        self._items: deque[Message | RoomLost] = deque()
        self._characters = 0
        self._ended = False
        self._error: ClientError | None = None
        self._news = asyncio.Event()

    def __len__(self) -> int:
        return len(self._items)

    @property
    def full(self) -> bool:
        """Whether no more should be put in before `roomy`."""
        return not self.roomy.is_set()

    def put(self, items: Sequence[Message | RoomLost]) -> None:
        """Add messages, or the end of a room in its place among them."""
        self._items.extend(items)
        self._characters += sum(map(size_of, items))
        if len(self._items) >= MOST_MESSAGES or self._characters >= MOST_CHARACTERS:
            self.roomy.clear()
        self._news.set()

    def end(self, error: ClientError | None) -> None:
        """Nothing more comes: after what is here, `get` raises the error, or StopAsyncIteration for none."""
        self._ended, self._error = True, error
        self._news.set()

    async def get(self) -> Message:
        """The next message, waited for. Raises RoomLost, StopAsyncIteration and what `end` was given."""
        while not self._items:
            if self._ended:
                raise self._error or StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        item = self._items.popleft()
        self._characters -= size_of(item)
        if len(self._items) <= MOST_MESSAGES // 2 and self._characters <= MOST_CHARACTERS // 2:
            self.roomy.set()
        if isinstance(item, RoomLost):
            raise item
        return item


def size_of(item: Message | RoomLost) -> int:
    """About how many characters an item holds."""
    return 0 if isinstance(item, RoomLost) else len(item["content"]) + len(item["html"])
