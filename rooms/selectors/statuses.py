"""What people are doing, as they say."""

from __future__ import annotations

from django.db.models import Q
from django.utils import timezone

from rooms.models import Status, User
from rooms.selectors.preferences import preferences_for, quiet_until


def status_of(user: User) -> Status | None:
    """Return a user's status, or None if there is none or it is over."""
    return Status.objects.filter(Q(until=None) | Q(until__gt=timezone.now()), user=user).first()


def is_not_disturbed(user: User) -> bool:
    """Return whether a user gets no notifications now: do-not-disturb is on, or it is one of their quiet hours."""
    return quiet_until(preferences_for(user), timezone.now()) is not None
