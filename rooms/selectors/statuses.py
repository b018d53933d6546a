"""What people are doing, as they say."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from rooms.models import Preferences, Signs, Status, User
from rooms.people.time_zones import zone_or_utc
from rooms.selectors.preferences import preferences_for, quiet_until

SHOWN_WITH_SIGNS = ("status", "preferences")  # for `select_related`: what `signs_of` reads of a user


def status_of(user: User) -> Status | None:
    """Return a user's status, or None if there is none or it is over."""
    return Status.objects.filter(Q(until=None) | Q(until__gt=timezone.now()), user=user).first()


def is_not_disturbed(user: User) -> bool:
    """Return whether a user gets no notifications now: do-not-disturb is on, or it is one of their quiet hours."""
    return quiet_until(preferences_for(user), timezone.now()) is not None


def signs_of(user: User) -> Signs:
    """Return what is shown next to a user's name. Takes no query for a user loaded with SHOWN_WITH_SIGNS."""
    now = timezone.now()
    status, preferences = getattr(user, "status", None), getattr(user, "preferences", None)
    quiet = quiet_until(preferences, now) if preferences is not None else None
    if status is None or (status.until is not None and status.until <= now):
        return Signs(user.pk, "", "", None, quiet)
    return Signs(user.pk, status.emoji, status.text, status.until, quiet)


def signs_of_people(user_ids: Collection[int]) -> list[tuple[User, Signs]]:
    """Return these users with what is shown next to their names, in one query."""
    people = User.objects.filter(pk__in=user_ids, is_active=True).select_related(*SHOWN_WITH_SIGNS)
    return [(user, signs_of(user)) for user in people]


def next_quiet_start(users: Collection[User]) -> datetime | None:
    """Return when quiet hours next begin for one of these users, loaded with SHOWN_WITH_SIGNS, or None."""
    now = timezone.now()
    everyone = (getattr(user, "preferences", None) for user in users)
    return min((_quiet_start(each, now) for each in everyone if each is not None and each.quiet_from), default=None)


def _quiet_start(preferences: Preferences, now: datetime) -> datetime:
    assert preferences.quiet_from is not None
    local = (quiet_until(preferences, now) or now).astimezone(zone_or_utc(preferences.time_zone))
    start = datetime.combine(local.date(), preferences.quiet_from, local.tzinfo)
    return start if start > local else start + timedelta(days=1)
