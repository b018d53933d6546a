"""Token buckets of one process."""

from __future__ import annotations

import threading
import time
from typing import NamedTuple

from django.conf import settings

MAX_BUCKETS = 10_000  # above this, all buckets are reset


class TokenBucket:
    """Holds up to `burst` tokens and gets `rate` new ones per second."""

    __slots__ = ("_at", "_level", "burst", "rate")

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst = rate, burst
        self._level, self._at = burst, time.monotonic()

    def take(self) -> float:
        """Take a token. Returns 0 if there was one, else the seconds until there is."""
        now = time.monotonic()
        self._level = min(self.burst, self._level + (now - self._at) * self.rate)
        self._at = now
        if self._level < 1:
            return (1 - self._level) / self.rate
        self._level -= 1
        return 0.0


class RateLimit(NamedTuple):
    """The parameters of a token bucket: tokens per second, and how many can be used at once."""

    rate: float
    burst: float


def send_limit() -> RateLimit:
    """Return how fast one person may write."""
    return RateLimit(settings.SENDS_PER_SECOND, settings.SENDS_BURST)


class LocalBuckets:
    """One process's buckets by key, used during a Redis outage. Thread-safe."""

    def __init__(self) -> None:
        self._buckets: dict[str, TokenBucket] = {}
        self._lock = threading.Lock()

    def take(self, key: str, limit: RateLimit | None = None) -> float:
        """Like `TokenBucket.take`."""
        with self._lock:
            if len(self._buckets) > MAX_BUCKETS:
                self._buckets.clear()
            if key not in self._buckets:
                self._buckets[key] = TokenBucket(*(limit or send_limit()))
            return self._buckets[key].take()

    def clear(self) -> None:
        """Reset all buckets: Redis is counting again."""
        with self._lock:
            self._buckets.clear()


class ViolationCounter:
    """Counts how often a rate limit rejected one client, in periods of a minute."""

    def __init__(self) -> None:
        self._since, self._count = time.monotonic(), 0

    def add(self) -> bool:
        """Count a rejection. Returns whether there have now been too many in this minute."""
        now = time.monotonic()
        if now - self._since > 60:
            self._since, self._count = now, 0
        self._count += 1
        return self._count >= settings.MAX_VIOLATIONS_PER_MINUTE
