"""A feed of which streams changed, for code that watches many streams without subscribing to them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from chatproject.realtime.delivery.groups import StreamKey

# Message types: streams with anything new, and streams whose own properties or readers changed.
STREAMS_CHANGED, PROPERTIES_CHANGED = "streams_changed", "properties_changed"
DELAY_SECONDS = 0.05
INTERVAL_SECONDS = 0.5  # minimum time between two messages


class ChangeFeed:
    """Collects which streams changed in one process. Recording a change costs only adding a key to a set."""

    def __init__(self, publish: Callable[[str, set[StreamKey]], None]) -> None:
        self._publish = publish  # called with a message type and streams
        self._changed: set[StreamKey] = set()
        self._properties_changed: set[StreamKey] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._earliest_flush = 0.0

    def record(self, key: StreamKey, *, properties_changed: bool) -> None:
        """Announce this stream soon. Call it in the publisher's event loop."""
        self._changed.add(key)
        if properties_changed:
            self._properties_changed.add(key)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(loop.time() + DELAY_SECONDS, self._earliest_flush), self.flush)

    def flush(self) -> None:
        """Announce everything recorded so far, now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._changed:
            changed, self._changed = self._changed, set()
            self._earliest_flush = asyncio.get_running_loop().time() + INTERVAL_SECONDS
            self._publish(STREAMS_CHANGED, changed)
        if self._properties_changed:
            with_new_properties, self._properties_changed = self._properties_changed, set()
            self._publish(PROPERTIES_CHANGED, with_new_properties)

    def reset(self) -> None:
        """Start over: the event loop that the timer belonged to has ended."""
        self._timer, self._earliest_flush = None, 0.0
