"""Telling now and then which streams changed: for what watches many streams without following them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from chatproject.realtime.delivery.groups import StreamKey

# The types of its messages: of streams with anything new, and of those that are otherwise themselves, or for others.
CHANGED, ALTERED = "changed", "altered"
GATHER_SECONDS = 0.05
REST_SECONDS = 0.5  # between two messages, whatever is posted


class ChangeFeed:
    """Gathers what changed in one process. Of each change it costs putting a key into a set."""

    def __init__(self, put: Callable[[dict[str, Any]], None]) -> None:
        self._put = put
        self._changed: set[StreamKey] = set()
        self._altered: set[StreamKey] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._not_before = 0.0

    def note(self, key: StreamKey, *, altered: bool) -> None:
        """Tell of this stream soon. Call it in the publisher's event loop."""
        self._changed.add(key)
        if altered:
            self._altered.add(key)
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
        if self._altered:
            altered, self._altered = self._altered, set()
            self._put({"type": ALTERED, "streams": [list(key) for key in altered]})

    def forget(self) -> None:
        """Start afresh: the loop that the timer was of has ended."""
        self._timer, self._not_before = None, 0.0
