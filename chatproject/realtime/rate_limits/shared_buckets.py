"""Rate limits shared by all processes through Redis.

We don't use `limits` (the library) or similar: they query Redis for every hit of every key, which would cost more than
everything else that happens to a message. Here usage is reported to Redis later, for many keys in one call, and Redis
grants several tokens at once to a key that uses many. During a Redis outage each process counts for itself.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from chatproject.realtime.event_loop import PerLoop
from chatproject.realtime.rate_limits.token_bucket import LocalBuckets, RateLimit, send_limit
from chatproject.redis_outage import REDIS_UNAVAILABLE

logger = logging.getLogger(__name__)
TIMEOUT = 0.5  # seconds; a Redis server that hangs delays one send for that long, and no send may take a second
OUTAGE_SECONDS = 5.0  # seconds without calling Redis, after it did not answer
GRANT_SECONDS = 0.5  # seconds until a grant expires; unused tokens then go back
SYNC_DELAY = 0.05  # seconds until tokens taken on credit are reported
PAUSE = 0.005  # seconds between two calls, so that under load one call serves many keys
MAX_KEYS = 500  # in one call
MAX_IDLE_KEYS = 10_000  # keys remembered without need

# For each key: subtract the tokens already used (`unreported`; negative if they go back), then grant at most `want`. A
# bucket is stored as the time when it will be full, in microseconds. Returns the number granted and the microseconds
# until one more token is available.
SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] * 1e6 + clock[2]
local burst, each = tonumber(ARGV[2]), 1e6 / ARGV[1]
local answer = {}
for i, key in ipairs(KEYS) do
  local unreported, want = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
  local full = math.max(tonumber(redis.call('GET', key) or 0), now)
  full = math.max(full + unreported * each, now)
  local level = burst - (full - now) / each
  local granted = math.max(0, math.min(want, math.floor(level + 1e-6)))
  full = full + granted * each
  redis.call('SET', key, string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 1)
  answer[2 * i - 1] = granted
  answer[2 * i] = math.ceil((1 - level + granted) * each)
end
return answer
"""


class Grant(NamedTuple):
    """The number of tokens that Redis granted, and the seconds until it has one more."""

    granted: int
    wait: float


def script_arguments(
    requests: Sequence[tuple[str, int, int]], limit: RateLimit | None = None
) -> tuple[list[str], list[float]]:
    """Return the script's keys and arguments for (key, unreported, want). The limit is that of sends by default."""
    numbers = [number for _, unreported, want in requests for number in (unreported, want)]
    keys = [f"{settings.REDIS_PREFIX}:sends:{key}" for key, _, _ in requests]
    return keys, [*(limit or send_limit()), *numbers]


def parse_grants(answer: list[int]) -> list[Grant]:
    """Parse the script's answer."""
    return [Grant(granted, wait / 1e6) for granted, wait in zip(answer[::2], answer[1::2], strict=True)]


local_buckets = LocalBuckets()


@dataclass(slots=True)
class KeyState:
    """What this process knows about one key."""

    tokens: int = 0  # granted and not used yet
    expires_at: float = 0.0  # when the grant expires, a monotonic time
    size: int = 0  # size of the last grant
    unreported: int = 0  # used on credit and not reported yet, minus what goes back
    denied_until: float = 0.0


class SharedBuckets:
    """The shared buckets, for the sockets of one event loop.

    The first token after a while is taken on credit. If more are needed soon, Redis grants twice as many each time, up
    to a quarter of the burst. All processes together therefore admit the burst and the rate, plus one for each process.
    """

    def __init__(self) -> None:
        # Reconnect at once to a Redis server that restarted; don't ask one that hangs twice.
        retry = AsyncRetry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
        client = redis.asyncio.Redis.from_url(
            settings.REDIS_URLS[0], retry=retry, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
        )
        self._script = client.register_script(SCRIPT)
        self._max_grant = max(1, settings.SENDS_BURST // 4)
        self._states: dict[str, KeyState] = {}
        self._unreported_keys: set[str] = set()
        self._requests: list[tuple[str, int, asyncio.Future[float]]] = []
        self._syncing: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._outage_ends_at: float | None = None

    async def take(self, key: str) -> float:
        """Take a token.

        Returns 0 if there was one, else the seconds until there is. Waits for Redis for at most TIMEOUT.
        """
        now = time.monotonic()
        if self._outage_ends_at is not None:
            if now >= self._outage_ends_at:
                self._start_sync()
            return local_buckets.take(key)
        state = self._states.get(key)
        if state is None:
            state = self._states[key] = KeyState()
        if now < state.denied_until:
            return state.denied_until - now
        if now < state.expires_at:
            if state.tokens:
                state.tokens -= 1
                return 0.0
            return await self._request_grant(key, min(self._max_grant, 2 * state.size))
        state.unreported += 1 - state.tokens
        # A key that has just used up its grant will soon need as many again.
        used_up = not state.tokens and now < state.expires_at + GRANT_SECONDS
        state.size = max(1, state.size // 2) if used_up else 1
        state.tokens, state.expires_at = 0, now + GRANT_SECONDS
        self._unreported_keys.add(key)
        self._sync_in(SYNC_DELAY)
        return 0.0

    async def _request_grant(self, key: str, want: int) -> float:
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._requests.append((key, want, future))
        self._start_sync()
        return await future

    def _sync_in(self, seconds: float) -> None:
        if self._timer is None and self._syncing is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._start_sync)

    def _start_sync(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._syncing is None:
            self._syncing = asyncio.ensure_future(self._sync_all())

    async def _sync_all(self) -> None:
        try:
            while True:
                requests, self._requests = self._requests[:MAX_KEYS], self._requests[MAX_KEYS:]
                unreported = [self._unreported_keys.pop() for _ in range(min(len(self._unreported_keys), MAX_KEYS))]
                await self._call(requests, unreported)
                await asyncio.sleep(PAUSE)
                if not self._requests:
                    return
        finally:
            self._syncing = None
            if self._unreported_keys:
                self._sync_in(SYNC_DELAY)

    async def _call(self, requests: list[tuple[str, int, asyncio.Future[float]]], unreported_keys: list[str]) -> None:
        """Report tokens used on credit to Redis, then request grants."""
        reports = [(key, self._states[key].unreported, 0) for key in unreported_keys]
        for key in unreported_keys:
            self._states[key].unreported = 0
        try:
            async with asyncio.timeout(TIMEOUT):
                answer = await self._script(
                    *script_arguments([*reports, *((key, 0, want) for key, want, _ in requests)])
                )
        except Exception as error:  # whatever the error, pending requests must be answered
            self._enter_outage(error)
            for key, _, future in requests:
                resolve(future, local_buckets.take(key))
            return
        self._end_outage()
        now, grants = time.monotonic(), parse_grants(answer)
        for (key, _, _), grant in zip(reports, grants, strict=False):
            if grant.wait > 1 / settings.SENDS_PER_SECOND + 1e-5:  # more was used than the bucket held
                self._states[key].denied_until = now + grant.wait
        for (key, want, future), grant in zip(requests, grants[len(reports) :], strict=True):
            resolve(future, self._apply_grant(self._states[key], want, grant, now))
        if len(self._states) > MAX_IDLE_KEYS:
            self._forget_idle(now)

    def _apply_grant(self, state: KeyState, want: int, grant: Grant, now: float) -> float:
        if not grant.granted:
            state.denied_until = now + grant.wait
            return grant.wait
        state.tokens += grant.granted - 1
        state.size, state.expires_at = want, now + GRANT_SECONDS
        return 0.0

    def _forget_idle(self, now: float) -> None:
        busy = {key for key, _, _ in self._requests} | self._unreported_keys
        for key, state in list(self._states.items()):
            if key not in busy and max(state.expires_at, state.denied_until) < now:
                del self._states[key]

    def _enter_outage(self, error: BaseException) -> None:
        if self._outage_ends_at is None:
            logger.warning("sends are limited per process, Redis is unavailable: %r", error, extra=REDIS_UNAVAILABLE)
        self._outage_ends_at = time.monotonic() + OUTAGE_SECONDS
        self._states.clear()
        self._unreported_keys.clear()

    def _end_outage(self) -> None:
        if self._outage_ends_at is not None:
            self._outage_ends_at = None
            local_buckets.clear()
            logger.info("sends are limited across all processes again")


def resolve(future: asyncio.Future[float], wait: float) -> None:
    """Answer a pending request, unless it was cancelled."""
    if not future.done():
        future.set_result(wait)


class BlockingBuckets:
    """The shared buckets, for threads. One Redis call more makes no difference to the cost of an HTTP request."""

    def __init__(self) -> None:
        retry = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
        client = redis.Redis.from_url(
            settings.REDIS_URLS[0], retry=retry, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
        )
        self._script = client.register_script(SCRIPT)
        self._outage_ends_at = 0.0

    def take(self, key: str, limit: RateLimit | None = None) -> float:
        """Like `SharedBuckets.take`. `limit` defaults to that of sends."""
        if time.monotonic() < self._outage_ends_at:
            return local_buckets.take(key, limit)
        try:
            grant = parse_grants(self._script(*script_arguments([(key, 0, 1)], limit)))[0]
        except (redis.RedisError, OSError) as error:
            logger.warning("requests are limited per process, Redis is unavailable: %r", error, extra=REDIS_UNAVAILABLE)
            self._outage_ends_at = time.monotonic() + OUTAGE_SECONDS
            return local_buckets.take(key, limit)
        return 0.0 if grant.granted else grant.wait

    def take_several(self, key: str, count: int, limit: RateLimit) -> float:
        """Take this many tokens, at most `limit.burst`, or none. Returns 0, else the seconds until there are enough."""
        try:
            grant = parse_grants(self._script(*script_arguments([(key, 0, count)], limit)))[0]
            if grant.granted < count:  # they go back
                self._script(*script_arguments([(key, -grant.granted, 0)], limit))
        except (redis.RedisError, OSError):
            return max(self.take(key, limit) for _token in range(count))
        return 0.0 if grant.granted == count else grant.wait + (count - grant.granted - 1) / limit.rate


@cache
def get_blocking_buckets() -> BlockingBuckets:
    """Return the shared buckets of this process's threads."""
    return BlockingBuckets()


get_shared_buckets = PerLoop(SharedBuckets)
