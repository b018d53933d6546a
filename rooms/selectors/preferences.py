"""How people want to be notified, and when they are not to be disturbed."""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta, tzinfo

from django.utils import timezone

from rooms.models import Preferences, User
from rooms.people.time_zones import zone_or_utc

DAY = timedelta(days=1)
HOUR = 3600  # seconds


def preferences_for(user: User) -> Preferences:
    """Return the preferences of a user; those of a user without a row are the defaults, and not saved."""
    return preferences_of([user.pk])[user.pk]


def preferences_of(user_ids: Collection[int]) -> dict[int, Preferences]:
    """Return the preferences of these users, by user id, in one query. Users without a row have the defaults."""
    found = Preferences.objects.in_bulk(user_ids)
    return {user_id: found.get(user_id) or Preferences(user_id=user_id) for user_id in user_ids}


def dnd_ends(user_ids: Collection[int]) -> dict[int, int]:
    """Return until when do-not-disturb is on, in seconds since 1970, for those of these users who have it on."""
    rows = Preferences.objects.filter(user__in=user_ids, dnd_until__gt=timezone.now()).values_list(
        "user_id", "dnd_until"
    )
    return {user_id: math.ceil(until.timestamp()) for user_id, until in rows if until is not None}


def quiet_until(preferences: Preferences, now: datetime) -> datetime | None:
    """Return when the user may be disturbed again; None if they may be now.

    Do-not-disturb and quiet hours both count, also if one follows the other. Quiet hours are while a clock in the
    user's time zone shows a time from `quiet_from` to just before `quiet_until`. What it shows twice, when it is put
    back, is quiet twice; what it leaves out, when it is put forward, never is. A time zone that is empty, or that this
    machine does not know, is UTC.
    """
    moment = now
    if preferences.dnd_until is not None and preferences.dnd_until > now:
        moment = preferences.dnd_until
    if preferences.quiet_from is not None and preferences.quiet_until is not None:
        zone = zone_or_utc(preferences.time_zone)
        moment = _end_of_quiet_hours(moment, zone, preferences.quiet_from, preferences.quiet_until)
    return moment.astimezone(UTC) if moment > now else None


def _end_of_quiet_hours(moment: datetime, zone: tzinfo, start: time, end: time) -> datetime:
    """Return the first moment, from this one on, at which it is no quiet hour."""
    moment = moment.astimezone(UTC)
    while _is_between(shown := moment.astimezone(zone).time(), start, end):
        later = moment + (_since_midnight(end) - _since_midnight(shown)) % DAY
        moment = _clock_change(zone, moment, later) or later
    return moment


def _is_between(shown: time, start: time, end: time) -> bool:
    return start <= shown < end if start < end else shown >= start or shown < end


def _since_midnight(shown: time) -> timedelta:
    return timedelta(
        hours=shown.hour, minutes=shown.minute, seconds=shown.second, microseconds=shown.microsecond
    )  # fmt: skip


def _clock_change(zone: tzinfo, after: datetime, latest: datetime) -> datetime | None:
    """Return when the clock of a time zone is next put forward or back, if that is not later than `latest`."""

    def offset(second: int) -> timedelta | None:
        return datetime.fromtimestamp(second, zone).utcoffset()

    before, last = int(after.timestamp()), int(latest.timestamp())
    old = offset(before)
    while before < last:
        then = min(before + HOUR, last)
        if offset(then) != old:
            while then - before > 1:
                middle = (before + then) // 2
                before, then = (middle, then) if offset(middle) == old else (before, middle)
            return datetime.fromtimestamp(then, UTC)
        before = then
    return None
