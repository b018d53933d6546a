"""Telling now and then which streams changed: for what watches many streams without following them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from chatproject.realtime.groups import StreamKey

CHANGED = "changed"  # the message's type
GATHER_SECONDS = 0.05
REST_SECONDS = 0.5  # between two messages, whatever is posted


class Bell:
    """Gathers what changed in one process. Of each change it costs putting a key into a set."""

    def __init__(self, put: Callable[[dict[str, Any]], None]) -> None:
        self._put = put
        self._changed: set[StreamKey] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._not_before = 0.0

    def note(self, key: StreamKey) -> None:
        """Tell of this stream soon. Call it in the publisher's event loop."""
        self._changed.add(key)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time() + GATHER_SECONDS, self._not_before), self.ring)

    def ring(self) -> None:
        """Tell of all that was noted, now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._changed:
            changed, self._changed = self._changed, set()
            self._not_before = asyncio.get_running_loop().time() + REST_SECONDS
            self._put({"type": CHANGED, "streams": [list(key) for key in changed]})

    def forget(self) -> None:
        """Start afresh: the loop that the timer was of has ended."""
        self._timer, self._not_before = None, 0.0
