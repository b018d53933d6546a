"""Limits on guessing passwords and codes, shared by all server processes.

Only wrong guesses count: a whole office may sign in from one address. A guess reserves a place within the limits before
it is checked, so that concurrent guesses can't all be the last one.

Three limits are checked in order, and the first that is full rejects the guess: one account from one network, one
network, one account from anywhere. Rejected guesses are not counted, so a stranger who keeps guessing does not use up
other people's limits. A browser in which the user has signed in before has a limit of its own instead of these three.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.core.cache import cache
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.http import HttpRequest

from chatproject.realtime.addresses import network_of
from chatproject.redis_outage import REDIS_UNAVAILABLE
from rooms.models import User
from rooms.people.known_devices import known_device
from rooms.people.names import name_key
from rooms.services.sign_ins import find_account, sign_in_refused_record

WINDOW = 300  # seconds in which wrong guesses are counted
PER_ACCOUNT_AND_NETWORK = 8
PER_NETWORK = 60
PER_ACCOUNT = 100  # from anywhere; high, so that a stranger can't lock a user out
PER_DEVICE = 8
# Of the codes of one account, from anywhere: a million are few, and an attacker who guesses them knows the password.
CODES_WINDOW = 3600
PER_ACCOUNT_CODES = 20
UNDECIDED_SECONDS = 60  # until an undecided guess expires, whose process may have died
MAX_WAIT_SECONDS = 2.0  # seconds to wait for concurrent guesses, if only these use up the limit
RETRY_SECONDS = 0.05  # seconds between two checks
MAX_WAITING = 8  # waiting guesses per process: each holds a thread and a database connection

_waiting = threading.BoundedSemaphore(MAX_WAITING)
# Counts for this process only, while the shared cache is unavailable: sign-in must work without Redis.
_local_cache = LocMemCache("throttle", {})
logger = logging.getLogger(__name__)


class Limit(NamedTuple):
    """The maximum number of wrong guesses in a window for one key."""

    key: str
    max_guesses: int
    window: int = WINDOW


class GuessThrottle:
    """One guess. `account` is what is guessed; `device` is the browser, if the user has signed in there before.

    After a refusal, `wait` is the number of seconds after which another guess is possible at the latest.
    """

    wait = WINDOW

    def __init__(
        self,
        request: HttpRequest,
        account: str,
        device: str | None = None,
        *,
        per_account: int = PER_ACCOUNT,
        account_window: int = WINDOW,
    ) -> None:
        network = network_of(request.META.get("REMOTE_ADDR", ""))
        if device is not None:
            self._limits = [Limit(_key("device", account, device), PER_DEVICE)]
        else:
            self._limits = [
                Limit(_key("pair", account, network), PER_ACCOUNT_AND_NETWORK),
                Limit(_key("network", network), PER_NETWORK),
                Limit(_key("account", account), per_account, account_window),
            ]
        self._store: BaseCache = _local_cache
        self._reserved: list[Limit] = []

    def acquire(self) -> bool:
        """Reserve a place for the guess before it is checked. Returns False if it is not allowed.

        Call `succeed`, `fail` or `cancel` afterwards.
        """
        for self._store in _stores():
            try:
                full = next((limit for limit in self._limits if not self._reserve(limit)), None)
                self.wait = full.window if full else WINDOW
                return full is None
            except Exception as error:  # each cache library raises its own exceptions; none may block sign-in
                logger.warning(
                    "attempts are counted per process, cache unavailable: %s", error, extra=REDIS_UNAVAILABLE
                )
                self._reserved.clear()
        return True

    def succeed(self) -> None:
        """Record a correct guess, and reset the first limit."""
        self._finish(lambda limit: self._store.delete(limit.key) if limit is self._limits[0] else None)

    def fail(self) -> None:
        """Record a wrong guess."""
        self._finish(lambda limit: _increment(self._store, limit.key, limit.window))

    def cancel(self) -> None:
        """Release the place: nothing was compared."""
        self._finish(lambda limit: None)

    def _reserve(self, limit: Limit) -> bool:
        """Reserve one place, counting undecided guesses as wrong. Otherwise release everything.

        Undecided guesses are read before wrong ones and written after them, so that none is missing from both.
        """
        store, undecided = self._store, f"{limit.key}:undecided"
        deadline = time.monotonic() + MAX_WAIT_SECONDS
        while True:
            pending = _increment(store, undecided, UNDECIDED_SECONDS)
            store.touch(undecided, UNDECIDED_SECONDS)
            wrong = store.get(limit.key, 0)
            if wrong + pending <= limit.max_guesses:
                self._reserved.append(limit)
                return True
            _decrement(store, undecided)
            if wrong >= limit.max_guesses or time.monotonic() >= deadline or not _waiting.acquire(blocking=False):
                self.cancel()
                return False
            time.sleep(RETRY_SECONDS)
            _waiting.release()

    def _finish(self, record: Callable[[Limit], object]) -> None:
        reserved, self._reserved = self._reserved, []
        try:
            for limit in reserved:
                record(limit)
                _decrement(self._store, f"{limit.key}:undecided")
        except Exception as error:
            logger.warning("attempt not recorded, cache unavailable: %s", error, extra=REDIS_UNAVAILABLE)


class SignInThrottle(GuessThrottle):
    """A guess at the password of an account, or of none if there is none with the name. Refusals are recorded."""

    user: User | None = None

    def acquire(self) -> bool:
        """Reserve a place, as every guess does."""
        allowed = super().acquire()
        if not allowed:
            sign_in_refused_record(user=self.user)
        return allowed


def sign_in_throttle(request: HttpRequest, typed: str) -> GuessThrottle:
    """Return the throttle for guesses at the password of the account with this user name, in any spelling."""
    name = name_key(typed)
    user = find_account(name)
    if user is None:
        return SignInThrottle(request, f"name:{name}")
    throttle = SignInThrottle(request, f"id:{user.pk}", known_device(request, user))
    throttle.user = user
    return throttle


def code_throttle(request: HttpRequest, user: User) -> SignInThrottle:
    """Return the throttle for guesses at the codes of an account, by a person who knows its password."""
    throttle = SignInThrottle(request, f"code:{user.pk}", per_account=PER_ACCOUNT_CODES, account_window=CODES_WINDOW)
    throttle.user = user
    return throttle


def _stores() -> Iterator[BaseCache]:
    yield cache
    yield _local_cache


def _key(*parts: str) -> str:
    return "throttle:" + hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _increment(store: BaseCache, key: str, seconds: int) -> int:
    store.add(key, 0, seconds)
    try:
        return store.incr(key)
    except ValueError:  # it expired between the two calls
        store.set(key, 1, seconds)
        return 1


def _decrement(store: BaseCache, key: str) -> None:
    try:
        store.decr(key)
    except ValueError:  # it has expired
        return
