"""Objects of which every event loop has its own, and so every server process has one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


class PerLoop(Generic[T]):
    """Call it to get the running event loop's object, which is created when it is first needed.

    Raises RuntimeError outside of an event loop.
    """

    def __init__(self, create: Callable[[], T]) -> None:
        self._create = create
        self._objects: WeakKeyDictionary[asyncio.AbstractEventLoop, T] = WeakKeyDictionary()
        # A server has one loop, and asks for its objects several times for each message.
        self._latest: tuple[asyncio.AbstractEventLoop, T] | None = None

    def __call__(self) -> T:
        loop, latest = asyncio.get_running_loop(), self._latest
        if latest is not None and latest[0] is loop:
            return latest[1]
        if loop not in self._objects:
            self._objects[loop] = self._create()
        self._latest = loop, self._objects[loop]
        return self._latest[1]
