"""Changes how and when people are notified, and how their rooms are listed."""

from __future__ import annotations

from datetime import datetime, time
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms.errors import InvalidField
from rooms.events import DND_UNTIL, announce_counts, announce_signs
from rooms.models import Preferences, User
from rooms.selectors.preferences import dnd_ends
from rooms.services.profile import check_time_zone

# What decides whether others see that a user is not to be disturbed.
SIGNED = frozenset({"dnd_until", "quiet_from", "quiet_until", "time_zone"})


class PreferenceChanges(TypedDict, total=False):
    """New values of some of the preferences."""

    time_zone: str
    quiet_from: time | None
    quiet_until: time | None
    dnd_until: datetime | None
    email: str
    hide_content: bool
    unread_first: bool


@transaction.atomic
def preferences_update(*, user: User, **changes: Unpack[PreferenceChanges]) -> Preferences:
    """Change the given preferences of a user. Their devices show at once whether do-not-disturb is on.

    Quiet hours without a time zone are by the clock of the user's profile. Raises InvalidField.
    """
    preferences, _ = Preferences.objects.select_for_update(no_key=True).get_or_create(user=user)
    for name, value in changes.items():
        setattr(preferences, name, value)
    _check(preferences, user)
    preferences.save()
    if "dnd_until" in changes:
        announce_counts(DND_UNTIL, {user.pk: 0} | dnd_ends([user.pk]))
    if not SIGNED.isdisjoint(changes):
        announce_signs(user)
    return preferences


def _check(preferences: Preferences, user: User) -> None:
    if preferences.time_zone:
        check_time_zone(preferences.time_zone)
    if preferences.email not in Preferences.Email.values:
        raise InvalidField(_("Choose off, missed or daily."), field="email")
    if (preferences.quiet_from is None) != (preferences.quiet_until is None):
        missing = "quiet_from" if preferences.quiet_from is None else "quiet_until"
        raise InvalidField(_("Quiet hours need a start and an end."), field=missing)
    if preferences.quiet_from is not None:
        if preferences.quiet_from == preferences.quiet_until:
            raise InvalidField(_("Choose another time than the start."), field="quiet_until")
        if not preferences.time_zone and not user.time_zone:
            raise InvalidField(_("Quiet hours need a time zone."), field="time_zone")
        preferences.time_zone = preferences.time_zone or user.time_zone or ""
