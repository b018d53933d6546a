"""Rate limits: the table of what is counted, and the counting.

Every request and every socket action that writes counts as one send of its user. `RateLimitedView`,
`RateLimitMiddleware` and `ChatConsumer.dispatch` count them, so new views and actions are limited by default; only
those listed as reading are exempt. Writes that reach other people or that are stored also have a budget of their own,
which nobody exhausts in normal use.

Writes are counted per user wherever they come from, and per network for people without an account. All processes share
the counts through Redis; while Redis is down, each process counts for itself.
"""

from __future__ import annotations

import asyncio
import math
from enum import Enum

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.translation import ngettext_lazy

from chatproject.http.handler import server_loop
from chatproject.realtime import metrics
from chatproject.realtime.addresses import network_of
from chatproject.realtime.rate_limits.shared_buckets import get_blocking_buckets, get_shared_buckets
from chatproject.realtime.rate_limits.token_bucket import RateLimit
from rooms.errors import RateLimited
from rooms.models import User

HOUR = 3600.0
TOO_MANY = ngettext_lazy(
    "Too many attempts; try again in a minute.", "Too many attempts; try again in %(minutes)d minutes.", "minutes"
)


class Budget(Enum):
    """A budget besides the limit on sends. The value is the name of the setting with the number allowed per hour."""

    ANONYMOUS = "ANONYMOUS_WRITES_PER_HOUR"  # all writes of a network without authentication
    SIGN_UPS = "SIGN_UPS_PER_HOUR"
    ROOMS = "ROOMS_PER_HOUR"
    DIRECT_ROOMS = "DIRECT_ROOMS_PER_HOUR"  # new ones: each appears in other people's lists
    INVITATIONS = "INVITATIONS_PER_HOUR"  # each notifies somebody
    JOINS = "JOINS_PER_HOUR"
    MEMBERS = "MEMBER_CHANGES_PER_HOUR"  # roles, removals, bans, leaving: each makes every reader reload the members
    ROOM_CHANGES = "ROOM_CHANGES_PER_HOUR"  # each is sent to everyone in the room
    ROOM_MENTIONS = "ROOM_MENTIONS_PER_HOUR"  # messages that may notify everyone in a room
    TASKS = "TASKS_PER_HOUR"  # each may notify everyone
    PUBLISHES = "PUBLISHES_PER_HOUR"  # each notifies all subscribers
    REPORTS = "REPORTS_PER_HOUR"  # each notifies the moderators
    PROFILE = "PROFILE_CHANGES_PER_HOUR"  # each is sent to everyone who shares a room with the user
    TOKENS = "TOKENS_PER_HOUR"
    CONFIRMATION_MAILS = "CONFIRMATION_MAILS_PER_HOUR"  # per user and per address
    UPLOADS = "UPLOADS_PER_HOUR"  # each takes space
    UPLOAD_PARTS = "UPLOAD_PARTS_PER_HOUR"


# The budget of a URL, by URL name. Where the budget depends on the request body, the view counts it instead.
BUDGETS: dict[str, Budget] = {
    "member_invite": Budget.INVITATIONS,
    "api_invitations": Budget.INVITATIONS,
    "room_invite_links": Budget.INVITATIONS,
    "invite_links": Budget.INVITATIONS,
    "api_room_invite_links": Budget.INVITATIONS,
    "api_invite_links": Budget.INVITATIONS,
    "room_join": Budget.JOINS,
    "invitation_accept": Budget.JOINS,
    "invite_join": Budget.JOINS,
    "api_join": Budget.JOINS,
    "api_my_invitation": Budget.JOINS,
    "room_leave": Budget.MEMBERS,
    "member_set_role": Budget.MEMBERS,
    "member_remove": Budget.MEMBERS,
    "member_ban": Budget.MEMBERS,
    "member_unban": Budget.MEMBERS,
    "member_mute": Budget.MEMBERS,
    "member_unmute": Budget.MEMBERS,
    "api_member": Budget.MEMBERS,
    "room_create": Budget.ROOMS,
    "room_settings": Budget.ROOM_CHANGES,
    "room_close": Budget.ROOM_CHANGES,
    "room_reopen": Budget.ROOM_CHANGES,
    "api_room": Budget.ROOM_CHANGES,
    "tasks": Budget.TASKS,
    "task": Budget.TASKS,
    "task_complete": Budget.TASKS,
    "task_reopen": Budget.TASKS,
    "task_take": Budget.TASKS,
    "task_delete": Budget.TASKS,
    "api_tasks": Budget.TASKS,
    "api_task": Budget.TASKS,
    "api_task_assign": Budget.TASKS,
    "api_task_complete": Budget.TASKS,
    "api_task_reopen": Budget.TASKS,
    "api_publish": Budget.PUBLISHES,
    "message_report": Budget.REPORTS,
    "person_report": Budget.REPORTS,
    "api_message_report": Budget.REPORTS,
    "api_person_report": Budget.REPORTS,
    "api_mute": Budget.MEMBERS,
    "api_server_mute": Budget.MEMBERS,
    "report_act": Budget.MEMBERS,
    "api_report_actions": Budget.MEMBERS,
    "profile": Budget.PROFILE,
    "profile_picture": Budget.PROFILE,
    "profile_picture_remove": Budget.PROFILE,
    "api_me": Budget.PROFILE,
    "api_my_avatar": Budget.PROFILE,
    "tokens": Budget.TOKENS,
    "api_uploads": Budget.UPLOADS,
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def sender_key(user: User | AnonymousUser, address: str) -> str:
    """Return the key under which writes are counted: one per user, or per network for people without an account."""
    return f"user:{user.pk}" if isinstance(user, User) else f"address:{network_of(address)}"


def count_request(request: HttpRequest, user: User | AnonymousUser) -> None:
    """Count a request that writes, before it is processed. Raises RateLimited."""
    if request.method in SAFE_METHODS:
        return
    if isinstance(user, User):
        _take(sender_key(user, ""), None)
    else:
        charge_request(Budget.ANONYMOUS, request, user)
    match = request.resolver_match
    budget = BUDGETS.get(match.url_name or "") if match else None
    if budget is not None:
        charge_request(budget, request, user)


def charge_request(budget: Budget, request: HttpRequest, user: User | AnonymousUser, count: int = 1) -> None:
    """Charge a request to a budget of its user or network, `count` times or not at all. Raises RateLimited."""
    charge(budget, sender_key(user, request.META.get("REMOTE_ADDR", "")), count)


def charge(budget: Budget, key: str, count: int = 1) -> None:
    """Charge uses of a budget to a `sender_key`, all or none of them. Raises RateLimited."""
    burst = getattr(settings, budget.value)
    limit = RateLimit(burst / HOUR, burst)
    # The key contains the limit: counts taken at another rate would be misread.
    key = f"{budget.name}:{burst}:{key}"
    if count == 1:
        _take(key, limit)
    elif count > burst:
        sentence = ngettext_lazy("At most %(count)d in an hour.", "At most %(count)d in an hour.", "count")
        raise RateLimited(HOUR, sentence, {"count": burst})
    elif wait := get_blocking_buckets().take_several(key, count, limit):
        metrics.sends_refused.inc()
        raise RateLimited(wait, TOO_MANY, {"minutes": math.ceil(wait / 60)})


def _take(key: str, limit: RateLimit | None) -> None:
    loop = server_loop.get()
    if limit is None and loop is not None:  # with the sends of this process's sockets, which seldom ask Redis
        wait = asyncio.run_coroutine_threadsafe(_take_send(key), loop).result()
    else:
        wait = get_blocking_buckets().take(key, limit)
    if wait:
        metrics.sends_refused.inc()
        if limit is None:
            raise RateLimited(wait)
        raise RateLimited(wait, TOO_MANY, {"minutes": math.ceil(wait / 60)})


async def _take_send(key: str) -> float:
    return await get_shared_buckets().take(key)
