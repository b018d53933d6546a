"""Rate limits that all processes count together, through Redis.

Not by `limits` (the library) or its like: those ask Redis for every hit of every key, which would cost a message more
than all the rest of its way. Here Redis hears later of what was taken, of many keys in one call, and lends several to
whoever takes many. While it is away each process counts for itself.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple
from weakref import WeakKeyDictionary

import redis
import redis.asyncio
from django.conf import settings
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from chatproject.realtime.rate_limits.token_bucket import OwnBuckets, Pace, sends_pace
from chatproject.redis_outage import REDIS_AWAY

logger = logging.getLogger(__name__)
TIMEOUT = 0.5  # seconds; a stopped Redis holds up one send for that long, and no send may take a second
AWAY_SECONDS = 5.0  # without asking, after Redis did not answer
WINDOW = 0.5  # seconds for which a loan is good; what is left of it then goes back
SETTLE_SECONDS = 0.05  # until what was taken on credit is told
PAUSE = 0.005  # seconds between two calls, so that under load one call serves many
MAX_KEYS = 500  # in one call
MAX_IDLE = 10_000  # keys remembered without need

# For each key: count what was taken already (`owed`, negative: given back), then lend at most `want`. A bucket is kept
# as the time at which it will be full, in microseconds. Answers what is lent and the microseconds until there is one.
SCRIPT = """
local clock = redis.call('TIME')
local now = clock[1] * 1e6 + clock[2]
local burst, each = tonumber(ARGV[2]), 1e6 / ARGV[1]
local answer = {}
for i, key in ipairs(KEYS) do
  local owed, want = tonumber(ARGV[2 * i + 1]), tonumber(ARGV[2 * i + 2])
  local full = math.max(tonumber(redis.call('GET', key) or 0), now)
  full = math.max(full + owed * each, now)
  local level = burst - (full - now) / each
  local lent = math.max(0, math.min(want, math.floor(level + 1e-6)))
  full = full + lent * each
  redis.call('SET', key, string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000) + 1)
  answer[2 * i - 1] = lent
  answer[2 * i] = math.ceil((1 - level + lent) * each)
end
return answer
"""


class Reply(NamedTuple):
    """What Redis lent, and the seconds until it has one more."""

    lent: int
    wait: float


def call_arguments(asked: Sequence[tuple[str, int, int]], pace: Pace | None = None) -> tuple[list[str], list[float]]:
    """The script's keys and arguments, for (key, owed, want); at the pace of sends unless told otherwise."""
    numbers = [number for _, owed, want in asked for number in (owed, want)]
    keys = [f"{settings.REDIS_PREFIX}:sends:{key}" for key, _, _ in asked]
    return keys, [*(pace or sends_pace()), *numbers]


def replies(answer: list[int]) -> list[Reply]:
    """What the script answered."""
    return [Reply(lent, wait / 1e6) for lent, wait in zip(answer[::2], answer[1::2], strict=True)]


own_buckets = OwnBuckets()


@dataclass(slots=True)
class Account:
    """What this process knows of one key."""

    left: int = 0  # lent and not taken yet
    until: float = 0.0  # when the loan ends, a monotonic time
    size: int = 0  # of the loan
    owed: int = 0  # taken on credit and not told yet, less what goes back
    denied_until: float = 0.0


class SharedBuckets:
    """The shared buckets as the sockets of one event loop use them.

    The first that somebody takes for a while is on credit; who takes more at once borrows, twice as many each time, up
    to a quarter of the burst. So all processes together admit the burst and the rate, and one more for each process.
    """

    def __init__(self) -> None:
        # One that was restarted is connected to again at once; one that hangs is not asked twice.
        retry = AsyncRetry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
        client = redis.asyncio.Redis.from_url(
            settings.REDIS_URLS[0], retry=retry, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
        )
        self._script = client.register_script(SCRIPT)
        self._most = max(1, settings.SENDS_BURST // 4)
        self._accounts: dict[str, Account] = {}
        self._owing: set[str] = set()
        self._asking: list[tuple[str, int, asyncio.Future[float]]] = []
        self._settling: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._away_until: float | None = None

    async def take(self, key: str) -> float:
        """Take one. 0 when there was one, else the seconds until there will be. Waits for Redis at most TIMEOUT."""
        now = time.monotonic()
        if self._away_until is not None:
            if now >= self._away_until:
                self._settle()
            return own_buckets.take(key)
        account = self._accounts.get(key)
        if account is None:
            account = self._accounts[key] = Account()
        if now < account.denied_until:
            return account.denied_until - now
        if now < account.until:
            if account.left:
                account.left -= 1
                return 0.0
            return await self._borrow(key, min(self._most, 2 * account.size))
        account.owed += 1 - account.left
        account.left, account.size, account.until = 0, 1, now + WINDOW
        self._owing.add(key)
        self._settle_in(SETTLE_SECONDS)
        return 0.0

    async def _borrow(self, key: str, want: int) -> float:
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._asking.append((key, want, future))
        self._settle()
        return await future

    def _settle_in(self, seconds: float) -> None:
        if self._timer is None and self._settling is None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._settle)

    def _settle(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._settling is None:
            self._settling = asyncio.ensure_future(self._settle_all())

    async def _settle_all(self) -> None:
        try:
            while True:
                asking, self._asking = self._asking[:MAX_KEYS], self._asking[MAX_KEYS:]
                owing = [self._owing.pop() for _ in range(min(len(self._owing), MAX_KEYS))]
                await self._call(asking, owing)
                await asyncio.sleep(PAUSE)
                if not self._asking:
                    return
        finally:
            self._settling = None
            if self._owing:
                self._settle_in(SETTLE_SECONDS)

    async def _call(self, asking: list[tuple[str, int, asyncio.Future[float]]], owing: list[str]) -> None:
        """Tell Redis what was taken on credit, then ask it for loans."""
        told = [(key, self._accounts[key].owed, 0) for key in owing]
        for key in owing:
            self._accounts[key].owed = 0
        try:
            async with asyncio.timeout(TIMEOUT):
                answer = await self._script(*call_arguments([*told, *((key, 0, want) for key, want, _ in asking)]))
        except Exception as error:  # whatever it is, those who wait must be answered
            self._went_away(error)
            for key, _, future in asking:
                settle_future(future, own_buckets.take(key))
            return
        self._came_back()
        now, given = time.monotonic(), replies(answer)
        for (key, _, _), reply in zip(told, given, strict=False):
            if reply.wait > 1 / settings.SENDS_PER_SECOND + 1e-5:  # more was taken than there was
                self._accounts[key].denied_until = now + reply.wait
        for (key, want, future), reply in zip(asking, given[len(told) :], strict=True):
            settle_future(future, self._lend(self._accounts[key], want, reply, now))
        if len(self._accounts) > MAX_IDLE:
            self._forget_idle(now)

    def _lend(self, account: Account, want: int, reply: Reply, now: float) -> float:
        if not reply.lent:
            account.denied_until = now + reply.wait
            return reply.wait
        account.left += reply.lent - 1
        account.size, account.until = want, now + WINDOW
        return 0.0

    def _forget_idle(self, now: float) -> None:
        busy = {key for key, _, _ in self._asking} | self._owing
        for key, account in list(self._accounts.items()):
            if key not in busy and max(account.until, account.denied_until) < now:
                del self._accounts[key]

    def _went_away(self, error: BaseException) -> None:
        if self._away_until is None:
            logger.warning("sends are limited per process, Redis is away: %r", error, extra=REDIS_AWAY)
        self._away_until = time.monotonic() + AWAY_SECONDS
        self._accounts.clear()
        self._owing.clear()

    def _came_back(self) -> None:
        if self._away_until is not None:
            self._away_until = None
            own_buckets.clear()
            logger.info("sends are limited over all processes again")


def settle_future(future: asyncio.Future[float], wait: float) -> None:
    """Answer one who waits, unless they have gone."""
    if not future.done():
        future.set_result(wait)


class BlockingBuckets:
    """The shared buckets as threads use them: a request over HTTP costs so much that one call more is no matter."""

    def __init__(self) -> None:
        retry = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
        client = redis.Redis.from_url(
            settings.REDIS_URLS[0], retry=retry, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT
        )
        self._script = client.register_script(SCRIPT)
        self._away_until = 0.0

    def take(self, key: str, pace: Pace | None = None) -> float:
        """As `SharedBuckets.take`; from a bucket of another pace than that of sends, where one is given."""
        if time.monotonic() < self._away_until:
            return own_buckets.take(key, pace)
        try:
            reply = replies(self._script(*call_arguments([(key, 0, 1)], pace)))[0]
        except (redis.RedisError, OSError) as error:
            logger.warning("requests are limited per process, Redis is away: %r", error, extra=REDIS_AWAY)
            self._away_until = time.monotonic() + AWAY_SECONDS
            return own_buckets.take(key, pace)
        return 0.0 if reply.lent else reply.wait


@cache
def get_blocking_buckets() -> BlockingBuckets:
    """The shared buckets of this process's threads."""
    return BlockingBuckets()


_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, SharedBuckets] = WeakKeyDictionary()


def get_shared_buckets() -> SharedBuckets:
    """The shared buckets of the running event loop: one per server process."""
    loop = asyncio.get_running_loop()
    if loop not in _shared:
        _shared[loop] = SharedBuckets()
    return _shared[loop]
