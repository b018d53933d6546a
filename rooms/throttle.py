"""Bounds how often passwords and codes can be guessed, and profiles changed, over all server processes."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator

from django.core.cache import cache
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.http import HttpRequest

from chatproject.outage import REDIS_AWAY
from rooms.errors import RateLimited
from rooms.models import User

WINDOW = 300  # seconds in which attempts are counted
PER_ACCOUNT_AND_ADDRESS = 8
PER_ADDRESS = 60
PROFILE_CHANGES = 20  # of one person: each is told to everybody who shares a room with them
PER_ACCOUNT = 100  # from everywhere: high, lest a stranger lock a person out

# Counts for this process alone while the shared cache is away: sign-in must go on without Redis.
_own_cache = LocMemCache("throttle", {})
logger = logging.getLogger(__name__)


class Throttle:
    """Counts attempts on one account from one address. `account` may be any text that names what is guessed."""

    def __init__(self, request: HttpRequest, account: str) -> None:
        address = request.META.get("REMOTE_ADDR", "")
        self._pair = _key(account.casefold(), address)
        self._limits = {
            self._pair: PER_ACCOUNT_AND_ADDRESS,
            _key("", address): PER_ADDRESS,
            _key(account.casefold(), ""): PER_ACCOUNT,
        }

    def take(self) -> bool:
        """Count an attempt, before the guess is looked at. False when it may not be made."""
        return _take(self._limits)

    def forget(self) -> None:
        """The guess was right: this person starts afresh from this address."""
        for store in _stores():
            try:
                store.delete(self._pair)
                return
            except Exception as error:
                logger.warning("the throttle was not reset, the cache is away: %s", error, extra=REDIS_AWAY)


def count_profile_change(user: User) -> None:
    """Count that somebody changes their name or picture. Raises RateLimited."""
    if not _take({_key("profile", str(user.pk)): PROFILE_CHANGES}):
        raise RateLimited(WINDOW)


def _take(limits: dict[str, int]) -> bool:
    for store in _stores():
        try:
            counts = {key: _count(store, key) for key in limits}  # all of them, whatever the first says
            return all(counts[key] <= limit for key, limit in limits.items())
        except Exception as error:  # each cache library has its own; none may keep people from signing in
            logger.warning("attempts are counted per process, the cache is away: %s", error, extra=REDIS_AWAY)
    return True


def _stores() -> Iterator[BaseCache]:
    yield cache
    yield _own_cache


def _key(account: str, address: str) -> str:
    return "throttle:" + hashlib.sha256(f"{account}\0{address}".encode()).hexdigest()


def _count(store: BaseCache, key: str) -> int:
    store.add(key, 0, WINDOW)
    try:
        return store.incr(key)
    except ValueError:  # it ran out between the two calls
        store.set(key, 1, WINDOW)
        return 1
