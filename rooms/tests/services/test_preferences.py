"""Changing how and when one is notified."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.test import TestCase
from django.utils import timezone

from rooms.errors import InvalidField
from rooms.models import Preferences, User
from rooms.services.preferences import PreferenceChanges, preferences_update

NIGHT: PreferenceChanges = {"quiet_from": time(22), "quiet_until": time(7)}


class Changing(TestCase):
    ann: User

    @classmethod
    def setUpTestData(cls) -> None:
        cls.ann = User.objects.create_user("ann")

    def test_only_the_given_preferences_change(self) -> None:
        until = timezone.now() + timedelta(hours=1)
        preferences_update(user=self.ann, dnd_until=until)
        preferences_update(user=self.ann, email="daily", hide_content=True)
        preferences_update(user=self.ann, time_zone="Europe/Berlin", quiet_from=time(22), quiet_until=time(7))
        kept = Preferences.objects.get()
        assert (kept.user, kept.dnd_until, kept.email, kept.hide_content) == (self.ann, until, "daily", True)
        assert (kept.time_zone, kept.quiet_from, kept.quiet_until) == ("Europe/Berlin", time(22), time(7))
        preferences_update(user=self.ann, quiet_from=None, quiet_until=None)
        assert Preferences.objects.get().quiet_from is None

    def test_quiet_hours_need_a_start_an_end_and_a_time_zone(self) -> None:
        refused: list[tuple[str, PreferenceChanges]] = [
            ("time_zone: ", NIGHT),
            ("quiet_until: Quiet", {"quiet_from": time(22), "time_zone": "Europe/Berlin"}),
            ("quiet_from: Quiet", {"quiet_until": time(7), "time_zone": "Europe/Berlin"}),
            ("quiet_until: Choose", {"quiet_from": time(7), "quiet_until": time(7), "time_zone": "Europe/Berlin"}),
            ("time_zone: ", {"time_zone": "Mars/Olympus"}),
            ("email: ", {"email": "hourly"}),
        ]
        for sentence, changes in refused:
            with self.subTest(changes=changes), pytest.raises(InvalidField, match=f"^{sentence}"):
                preferences_update(user=self.ann, **changes)
        assert not Preferences.objects.exists()

    def test_quiet_hours_are_by_the_clock_of_the_profile_if_no_other_was_given(self) -> None:
        self.ann.time_zone = "Asia/Tokyo"
        assert preferences_update(user=self.ann, **NIGHT).time_zone == "Asia/Tokyo"
        preferences_update(user=self.ann, time_zone="Europe/Berlin")
        assert preferences_update(user=self.ann, **NIGHT).time_zone == "Europe/Berlin"
