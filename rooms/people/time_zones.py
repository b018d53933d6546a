"""Time zones that people and clients name."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.utils.translation import gettext_lazy as _

from rooms.errors import InvalidField

MAX_ZONE_LENGTH = 64
NOT_PLACES = {"Factory", "localtime"}  # names for a machine that has no zone yet, and for that of the server


def time_zone(name: str, field: str = "tz") -> ZoneInfo:
    """Return the time zone with this name, like `Europe/Berlin`. Raises InvalidField, which names the field."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidField(_("There is no such time zone."), field=field) from error


def zone_or_utc(name: str | None) -> ZoneInfo:
    """Return the time zone with this name; UTC for none and for one that this machine does not know."""
    try:
        return time_zone(name) if name else ZoneInfo("UTC")
    except InvalidField:
        return ZoneInfo("UTC")


@cache
def zones_to_choose() -> list[str]:
    """Return the names of all time zones that people can be in, by name."""
    return sorted(available_timezones() - NOT_PLACES)


def local_time(zone: str | None) -> datetime | None:
    """Return what time it is in a time zone, or None for none and for one that this machine does not know."""
    try:
        return datetime.now(time_zone(zone)) if zone else None
    except InvalidField:
        return None
