"""Rate limits of one process: token buckets."""

from __future__ import annotations

import threading
import time
from typing import NamedTuple

from django.conf import settings

MAX_BUCKETS = 10_000  # then all start afresh


class TokenBucket:
    """Holds up to `burst` tokens and gets `rate` new ones a second."""

    __slots__ = ("_at", "_level", "burst", "rate")

    def __init__(self, rate: float, burst: float) -> None:
        self.rate, self.burst = rate, burst
        self._level, self._at = burst, time.monotonic()

    def take(self) -> float:
        """Take one. 0 when there was one, else the seconds until there will be."""
        now = time.monotonic()
        self._level = min(self.burst, self._level + (now - self._at) * self.rate)
        self._at = now
        if self._level < 1:
            return (1 - self._level) / self.rate
        self._level -= 1
        return 0.0


class Pace(NamedTuple):
    """What a bucket gives: so many tokens a second, and so many at once."""

    rate: float
    burst: float


def sends_pace() -> Pace:
    """How fast one person may write."""
    return Pace(settings.SENDS_PER_SECOND, settings.SENDS_BURST)


class OwnBuckets:
    """One process's buckets, by key, for while Redis is away. Any thread may take."""

    def __init__(self) -> None:
        self._buckets: dict[str, TokenBucket] = {}
        self._lock = threading.Lock()

    def take(self, key: str, pace: Pace | None = None) -> float:
        """As `TokenBucket.take`."""
        with self._lock:
            if len(self._buckets) > MAX_BUCKETS:
                self._buckets.clear()
            if key not in self._buckets:
                self._buckets[key] = TokenBucket(*(pace or sends_pace()))
            return self._buckets[key].take()

    def clear(self) -> None:
        """Start afresh: Redis counts again."""
        with self._lock:
            self._buckets.clear()


class Violations:
    """Counts how often a client was refused for asking too fast."""

    def __init__(self) -> None:
        self._since, self._count = time.monotonic(), 0

    def add(self) -> bool:
        """Count one. True when there were too many within a minute."""
        now = time.monotonic()
        if now - self._since > 60:
            self._since, self._count = now, 0
        self._count += 1
        return self._count >= settings.MAX_VIOLATIONS_PER_MINUTE
