"""The sending side of one socket: never waits, and knows when its reader falls behind."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from chatproject.realtime import metrics
from chatproject.realtime.delivery.eager_start import Rest, start
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.hub import Hub
from chatproject.realtime.delivery.source import GUEST
from chatproject.realtime.delivery.stream import Event, Subscription, text_event
from chatproject.realtime.protocol import CloseCode, FrameType

logger = logging.getLogger(__name__)
MAX_WAITING = 1000  # answers that may wait for a full socket; a client that asks on without reading is too slow


class Connection:
    """Frames to one client, in order, and the streams it follows."""

    def __init__(self, send: Callable[[Event], Awaitable[None]], hub: Hub) -> None:
        self._send = send
        self.hub = hub
        self.reader_id = GUEST
        self.blocked = False
        self.blocked_since = 0.0
        self.closing: CloseCode | None = None
        self.closed = False
        self.subscriptions: dict[StreamKey, Subscription] = {}
        self._waiting: deque[Event] = deque()

    def send_frame(self, frame_type: FrameType, **fields: Any) -> None:
        """Send a frame of the protocol. Fields that are None are left out."""
        fields = {name: value for name, value in fields.items() if value is not None}
        self.send_event(text_event(orjson.dumps({"type": frame_type, **fields})))

    def send_event(self, event: Event) -> bool:
        """Send an ASGI event, after those that wait. False when the socket is full: `blocked` until it has gone."""
        if self.blocked:
            self._waiting.append(event)
            if len(self._waiting) > MAX_WAITING:
                self.too_slow()
            return False
        if self.closed:
            return True
        try:
            rest = start(self._send(event))  # type: ignore[arg-type]  # ASGI servers give coroutines
        except Exception:  # the server's own word for "the client has gone"; `receive` tells it too
            self.closed = True
            return True
        if rest is None:
            return True
        self.blocked = True
        self.blocked_since = time.monotonic()
        self.hub.spawn(self._finish(rest))
        return False

    async def _finish(self, rest: Rest) -> None:
        try:
            await rest
            while self._waiting and not self.closed:
                self.blocked_since = time.monotonic()
                await self._send(self._waiting.popleft())
        except Exception:  # the server's own word for "the client has gone", as above
            self.closed = True
        self.blocked = False
        for sub in list(self.subscriptions.values()):
            sub.stream.catch_up(sub)

    def close(self, code: CloseCode) -> None:
        """Close the socket and follow nothing any more. Only the first call counts."""
        if self.closing is None:
            self.closing = code
            self.unsubscribe_all()
            self._waiting.clear()
            self.send_event({"type": "websocket.close", "code": int(code)})

    def too_slow(self) -> None:
        """Give up a reader that does not take what it is sent."""
        if self.closing is None:
            metrics.slow_readers_closed.inc()
        self.close(CloseCode.TOO_SLOW)

    def check_pace(self, now: float, patience: float) -> None:
        """Give the reader up when its socket has been full for `patience` seconds."""
        if self.blocked and now - self.blocked_since > patience:
            self.too_slow()

    def unsubscribe_all(self) -> None:
        """Follow nothing any more."""
        for sub in list(self.subscriptions.values()):
            self.hub.unsubscribe(sub)
        self.subscriptions.clear()
