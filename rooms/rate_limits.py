"""How much people may write: the one table of what is counted, and the counting.

Every request and every socket action that writes takes one of its person's sends. `RateLimitedView`,
`RateLimitMiddleware` and `ChatConsumer.perform` count them, so a new view or action is counted without doing anything;
only what is listed as reading is left out. What reaches other people, or is kept, also has a budget of its own, which
nobody meets in normal use.

Writes are counted per person wherever they write from, or per network for people without an account. All processes
share the counts through Redis; while Redis is down, each process counts for itself.
"""

from __future__ import annotations

import math
from enum import Enum

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from chatproject.realtime import metrics
from chatproject.realtime.addresses import network_of
from chatproject.realtime.rate_limits.shared_buckets import get_blocking_buckets
from chatproject.realtime.rate_limits.token_bucket import Pace
from rooms.errors import RateLimited
from rooms.models import User

HOUR = 3600.0


class Budget(Enum):
    """What is counted apart from sends. The value names the setting that says how often it is allowed in an hour."""

    ANONYMOUS = "ANONYMOUS_WRITES_PER_HOUR"  # whatever a network sends before it is known who that is
    SIGN_UPS = "SIGN_UPS_PER_HOUR"
    ROOMS = "ROOMS_PER_HOUR"
    DIRECT_ROOMS = "DIRECT_ROOMS_PER_HOUR"  # new ones: each shows up in somebody's list
    INVITATIONS = "INVITATIONS_PER_HOUR"  # each notifies somebody
    JOINS = "JOINS_PER_HOUR"
    MEMBERS = "MEMBER_CHANGES_PER_HOUR"  # roles, removals, bans, leaving: each has all readers look anew
    ROOM_CHANGES = "ROOM_CHANGES_PER_HOUR"  # each is told to everybody in the room
    TASKS = "TASKS_PER_HOUR"  # each may notify everybody
    PUBLISHES = "PUBLISHES_PER_HOUR"  # each notifies all subscribers
    PROFILE = "PROFILE_CHANGES_PER_HOUR"  # each is told to everybody who shares a room with them
    TOKENS = "TOKENS_PER_HOUR"


# What is counted of which address, by its name in the URL tables. Where it depends on the body, the view counts.
BUDGETS: dict[str, Budget] = {
    "member_invite": Budget.INVITATIONS,
    "api_invitations": Budget.INVITATIONS,
    "room_join": Budget.JOINS,
    "invitation_accept": Budget.JOINS,
    "api_my_invitation": Budget.JOINS,
    "room_leave": Budget.MEMBERS,
    "member_set_role": Budget.MEMBERS,
    "member_remove": Budget.MEMBERS,
    "member_ban": Budget.MEMBERS,
    "member_unban": Budget.MEMBERS,
    "api_member": Budget.MEMBERS,
    "room_create": Budget.ROOMS,
    "room_settings": Budget.ROOM_CHANGES,
    "room_close": Budget.ROOM_CHANGES,
    "room_reopen": Budget.ROOM_CHANGES,
    "api_room": Budget.ROOM_CHANGES,
    "api_tasks": Budget.TASKS,
    "api_task": Budget.TASKS,
    "api_task_assign": Budget.TASKS,
    "api_task_complete": Budget.TASKS,
    "api_task_reopen": Budget.TASKS,
    "api_publish": Budget.PUBLISHES,
    "profile": Budget.PROFILE,
    "profile_picture": Budget.PROFILE,
    "profile_picture_remove": Budget.PROFILE,
    "api_me": Budget.PROFILE,
    "api_my_avatar": Budget.PROFILE,
    "tokens": Budget.TOKENS,
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def sender_key(user: User | AnonymousUser, address: str) -> str:
    """Whose writes are counted together: a person's, wherever they write from, else those of one network."""
    return f"user:{user.pk}" if isinstance(user, User) else f"address:{network_of(address)}"


def count_request(request: HttpRequest, user: User | AnonymousUser) -> None:
    """Count a request that writes, before anything else is done for it. Raises RateLimited."""
    if request.method in SAFE_METHODS:
        return
    if isinstance(user, User):
        _take(sender_key(user, ""), None)
    else:
        spend(Budget.ANONYMOUS, request, user)
    match = request.resolver_match
    budget = BUDGETS.get(match.url_name or "") if match else None
    if budget is not None:
        spend(budget, request, user)


def spend(budget: Budget, request: HttpRequest, user: User | AnonymousUser) -> None:
    """Count one of what has a budget of its own. Raises RateLimited."""
    count(budget, sender_key(user, request.META.get("REMOTE_ADDR", "")))


def count(budget: Budget, key: str) -> None:
    """Count one of a budget for whom `sender_key` names. Raises RateLimited."""
    burst = getattr(settings, budget.value)
    # With the number in its name: what was counted at another pace would be misread.
    _take(f"{budget.name}:{burst}:{key}", Pace(burst / HOUR, burst))


def _take(key: str, pace: Pace | None) -> None:
    if wait := get_blocking_buckets().take(key, pace):
        metrics.sends_refused.inc()
        raise RateLimited(wait) if pace is None else RateLimited(wait, f"Too many attempts; {_again(wait)}.")


def _again(wait: float) -> str:
    minutes = math.ceil(wait / 60)
    return "try again in a minute" if minutes == 1 else f"try again in {minutes} minutes"
