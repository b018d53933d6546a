"""Times that people choose."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.errors import InvalidField

MAX_AHEAD = timedelta(days=5 * 366)
CLOCK_SKEW = timedelta(minutes=1)  # how far a client's clock may be behind
MOMENT_PATTERN = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})$"
_moment = re.compile(MOMENT_PATTERN.removesuffix("$"), re.ASCII)


def check_moment(value: object, field: str) -> datetime:
    """Return a time in the next 5 years, given in ISO 8601. Raises InvalidField, which names the field."""
    if not isinstance(value, str):
        raise InvalidField(_("%(field)s must be a string."), {"field": field})
    try:
        moment = datetime.fromisoformat(value) if _moment.fullmatch(value) else None
    except ValueError:
        moment = None
    if moment is None:
        raise InvalidField(_("Use ISO 8601 with a time zone, for example 2026-05-01T09:00:00Z."), field=field)
    now = timezone.now()
    if moment < now - CLOCK_SKEW:
        raise InvalidField(_("This time is in the past."), field=field)
    if moment > now + MAX_AHEAD:
        raise InvalidField(_("Use a time within the next 5 years."), field=field)
    return moment.astimezone(UTC)  # PostgreSQL takes offsets of less than 16 hours only
