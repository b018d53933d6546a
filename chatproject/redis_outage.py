"""Logging of Redis outages: one line when an outage begins and one when it ends, however many errors are logged."""

import logging
import threading
import time

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)
REDIS_UNAVAILABLE = {"redis_away": True}  # logging's `extra` for errors caused by a Redis outage
CHECK_SECONDS = 1.0  # between two checks whether Redis is back
QUIET_SECONDS = 2.0  # without errors, until the outage is over


def redis_client(url: str, *, seconds: float) -> redis.Redis:
    """Return a client that waits `seconds` at each step and does not try again. Raises ValueError."""
    bounds = {"socket_connect_timeout": seconds, "socket_timeout": seconds}
    return redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **bounds)


def ping_redis(url: str, *, seconds: float) -> None:
    """Return if the server at this URL answers. Raises redis.RedisError, OSError or ValueError."""
    with redis_client(url, seconds=seconds) as client:
        client.ping()


class RedisOutage(logging.Filter):
    """Lets only the first error of an outage through, as one line, and logs when Redis is back."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._started_at: float | None = None
        self._last_error_at = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether the record is logged."""
        if not record.name.startswith("channels_redis") and not getattr(record, "redis_away", False):
            return True
        with self._lock:
            self._last_error_at = time.monotonic()
            if self._started_at is not None:
                return False
            self._started_at = self._last_error_at
        reason = record.exc_info[1] if record.exc_info else record.getMessage()
        record.msg = "Redis does not answer; readers are served from the database: %s"
        record.args = (" ".join(str(reason).split()) or type(reason).__name__,)
        record.exc_info = record.exc_text = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        threading.Thread(target=self._watch, name="redis-outage", daemon=True).start()
        return True

    def _watch(self) -> None:
        while True:
            time.sleep(CHECK_SECONDS)
            try:
                for url in settings.REDIS_URLS:
                    ping_redis(url, seconds=CHECK_SECONDS)
            except (redis.RedisError, OSError, ValueError):
                continue
            now = time.monotonic()
            with self._lock:
                if now - self._last_error_at < QUIET_SECONDS or self._started_at is None:
                    continue
                lasted, self._started_at = now - self._started_at, None
            logger.warning("Redis answers again, after %.0f s", lasted)
            return
