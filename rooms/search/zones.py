"""Time zones that clients name."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rooms.errors import InvalidField


def time_zone(name: str) -> ZoneInfo:
    """Return the time zone with this name, like `Europe/Berlin`. Raises InvalidField."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidField("tz: There is no such time zone.") from error
