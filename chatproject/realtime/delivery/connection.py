"""The sending side of one socket. It never waits, and detects readers that fall behind."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from chatproject.realtime import metrics
from chatproject.realtime.delivery.eager_coroutines import BlockedCoroutine, run_until_blocked
from chatproject.realtime.delivery.frames import FrameWriter, text_frame
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.hub import Hub
from chatproject.realtime.delivery.source import GUEST
from chatproject.realtime.delivery.stream import Event, Subscription, text_event
from chatproject.realtime.protocol import CloseCode, FrameType

logger = logging.getLogger(__name__)
MAX_QUEUED_EVENTS = 1000  # for a full socket; a client that keeps asking without reading is too slow


class Connection:
    """Sends frames to one client in order, and holds its subscriptions."""

    def __init__(self, send: Callable[[Event], Awaitable[None]], hub: Hub, writer: FrameWriter | None = None) -> None:
        self._send = send
        self._writer = writer
        self.hub = hub
        self.reader_id = GUEST
        self.blocked = False
        self.blocked_since = 0.0
        self.closing: CloseCode | None = None
        self.closed = False
        self.subscriptions: dict[StreamKey, Subscription] = {}
        self._queue: deque[Event] = deque()

    def send_frame(self, frame_type: FrameType, **fields: Any) -> None:
        """Send a protocol frame. Fields that are None are left out."""
        fields = {name: value for name, value in fields.items() if value is not None}
        self.send_event(text_event(orjson.dumps({"type": frame_type, **fields})))

    def send_event(self, event: Event) -> bool:
        """Send an ASGI event with text after those already queued.

        Returns False if the socket is full; `blocked` is then True.
        """
        if self.blocked:
            self._queue.append(event)
            if len(self._queue) > MAX_QUEUED_EVENTS:
                self.close_too_slow()
            return False
        writer = self._writer
        if writer is None or not writer.ready:
            return self._send_by_server(event)
        try:
            writer.write(text_frame(event))
        except Exception:  # as below; one client that is gone must not keep others from their frames
            self.closed = True
        return True

    def _send_by_server(self, event: Event) -> bool:
        if self.closed:
            return True
        try:
            remainder = run_until_blocked(self._send(event))  # type: ignore[arg-type]  # ASGI servers give coroutines
        except Exception:  # each ASGI server raises its own exception when the client is gone; `receive` reports it too
            self.closed = True
            return True
        if remainder is None:
            return True
        self.blocked = True
        self.blocked_since = time.monotonic()
        self.hub.spawn(self._drain(remainder))
        return False

    async def _drain(self, remainder: BlockedCoroutine) -> None:
        try:
            await remainder
            while self._queue and not self.closed:
                self.blocked_since = time.monotonic()
                await self._send(self._queue.popleft())
        except Exception:  # the client is gone, as above
            self.closed = True
        self.blocked = False
        for sub in list(self.subscriptions.values()):
            sub.stream.catch_up(sub)

    def close(self, code: CloseCode) -> None:
        """Close the socket and end all subscriptions. Only the first call has an effect."""
        if self.closing is None:
            self.closing = code
            self.unsubscribe_all()
            self._queue.clear()
            close: Event = {"type": "websocket.close", "code": int(code)}
            if self.blocked:
                self._queue.append(close)
            else:
                self._send_by_server(close)

    def close_too_slow(self) -> None:
        """Close the socket of a reader that is too slow."""
        if self.closing is None:
            metrics.slow_readers_closed.inc()
        self.close(CloseCode.TOO_SLOW)

    def close_if_stalled(self, now: float, max_seconds: float) -> None:
        """Close the socket if it has been full for more than `max_seconds` seconds."""
        if self.blocked and now - self.blocked_since > max_seconds:
            self.close_too_slow()

    def unsubscribe_all(self) -> None:
        """End all subscriptions."""
        for sub in list(self.subscriptions.values()):
            self.hub.unsubscribe(sub)
        self.subscriptions.clear()
