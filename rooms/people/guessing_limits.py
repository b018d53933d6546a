"""Bounds how often passwords and codes can be guessed, over all server processes.

Wrong guesses are counted, right ones are not: a whole office signs in from one address. A guess is looked at only once
it has a place among those that are still allowed, so that guesses made at the same moment can't all be the last one.

Three counts are asked in turn, and the first that is full refuses: of one account from one network, of one network, of
one account from anywhere. What is refused is counted nowhere, so a stranger who goes on guessing does not use up what
others may do. A browser in which the person has signed in before has a count of its own instead of these three.
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
from rooms.services.text_rules import is_encodable

WINDOW = 300  # seconds in which wrong guesses are counted
PER_ACCOUNT_AND_NETWORK = 8
PER_NETWORK = 60
PER_ACCOUNT = 100  # from everywhere: high, lest a stranger lock a person out
PER_DEVICE = 8
UNDECIDED_SECONDS = 60  # until a guess is forgotten whose process died before it could say how it ended
PATIENCE = 2.0  # seconds to wait for other guesses to be decided, when only these keep one from being looked at
PAUSE = 0.05  # seconds between two looks
MOST_WAITING = 8  # guesses of one process: each holds a thread and a database connection

_waiting = threading.BoundedSemaphore(MOST_WAITING)
# Counts for this process alone while the shared cache is away: sign-in must go on without Redis.
_own_cache = LocMemCache("throttle", {})
logger = logging.getLogger(__name__)


class Limit(NamedTuple):
    """How many wrong guesses a window holds for one key."""

    key: str
    most: int


class Throttle:
    """One guess. `account` names what is guessed; `device`, the browser, if the person has signed in there before."""

    def __init__(self, request: HttpRequest, account: str, device: str | None = None) -> None:
        network = network_of(request.META.get("REMOTE_ADDR", ""))
        if device is not None:
            self._limits = [Limit(_key("device", account, device), PER_DEVICE)]
        else:
            self._limits = [
                Limit(_key("pair", account, network), PER_ACCOUNT_AND_NETWORK),
                Limit(_key("network", network), PER_NETWORK),
                Limit(_key("account", account), PER_ACCOUNT),
            ]
        self._store: BaseCache = _own_cache
        self._taken: list[Limit] = []

    def take(self) -> bool:
        """Find the guess a place, before it is looked at. False when it may not be made.

        Say afterwards how it ended: `right`, `wrong` or `drop`.
        """
        for self._store in _stores():
            try:
                return all(self._reserve(limit) for limit in self._limits)
            except Exception as error:  # each cache library has its own; none may keep people from signing in
                logger.warning(
                    "attempts are counted per process, cache unavailable: %s", error, extra=REDIS_UNAVAILABLE
                )
                self._taken.clear()
        return True

    def right(self) -> None:
        """The guess was right: this person starts afresh from here."""
        self._end(lambda limit: self._store.delete(limit.key) if limit is self._limits[0] else None)

    def wrong(self) -> None:
        """The guess was wrong, and is counted."""
        self._end(lambda limit: _count(self._store, limit.key, WINDOW))

    def drop(self) -> None:
        """It was no guess: nothing was compared."""
        self._end(lambda limit: None)

    def _reserve(self, limit: Limit) -> bool:
        """Whether there is room for one more, counting those that are being looked at as wrong. If not, all is undone.

        Undecided ones are read before wrong ones, and written after them: none can be missing from both.
        """
        store, undecided = self._store, f"{limit.key}:undecided"
        until = time.monotonic() + PATIENCE
        while True:
            guesses = _count(store, undecided, UNDECIDED_SECONDS)
            store.touch(undecided, UNDECIDED_SECONDS)
            wrong = store.get(limit.key, 0)
            if wrong + guesses <= limit.most:
                self._taken.append(limit)
                return True
            _uncount(store, undecided)
            if wrong >= limit.most or time.monotonic() >= until or not _waiting.acquire(blocking=False):
                self.drop()
                return False
            time.sleep(PAUSE)
            _waiting.release()

    def _end(self, settle: Callable[[Limit], object]) -> None:
        taken, self._taken = self._taken, []
        try:
            for limit in taken:
                settle(limit)
                _uncount(self._store, f"{limit.key}:undecided")
        except Exception as error:
            logger.warning("attempt not recorded, cache unavailable: %s", error, extra=REDIS_UNAVAILABLE)


def sign_in_throttle(request: HttpRequest, typed: str) -> Throttle:
    """For a guess at the password of whoever is meant by a typed user name, however they spell it."""
    name = name_key(typed)
    user = _find(name)
    if user is None:
        return Throttle(request, f"name:{name}")
    return Throttle(request, f"id:{user.pk}", known_device(request, user))


def _find(name: str) -> User | None:
    if "\0" in name or not is_encodable(name):
        return None
    try:
        return User.objects.get_by_natural_key(name)
    except User.DoesNotExist:
        return None


def _stores() -> Iterator[BaseCache]:
    yield cache
    yield _own_cache


def _key(*parts: str) -> str:
    return "throttle:" + hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _count(store: BaseCache, key: str, seconds: int) -> int:
    store.add(key, 0, seconds)
    try:
        return store.incr(key)
    except ValueError:  # it ran out between the two calls
        store.set(key, 1, seconds)
        return 1


def _uncount(store: BaseCache, key: str) -> None:
    try:
        store.decr(key)
    except ValueError:  # it ran out
        return
