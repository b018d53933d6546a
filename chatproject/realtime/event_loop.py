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

    def __call__(self) -> T:
        loop = asyncio.get_running_loop()
        if loop not in self._objects:
            self._objects[loop] = self._create()
        return self._objects[loop]
