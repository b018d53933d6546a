"""What people say that they are doing."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone

from rooms.errors import InvalidField
from rooms.models import Preferences, Signs, Status, User
from rooms.selectors.person_cards import person_card
from rooms.selectors.statuses import SHOWN_WITH_SIGNS, next_quiet_start, signs_of, status_of
from rooms.services.preferences import preferences_update
from rooms.services.statuses import MAX_STATUS_LENGTH, status_clear, status_set
from rooms.tests.support.api_case import ApiCase


class Statuses(ApiCase):
    def test_others_see_it_until_it_ends_or_is_cleared(self) -> None:
        until = timezone.now() + timedelta(hours=1)
        status_set(user=self.ann, emoji="☕", text=" at  lunch ", until=until.isoformat())
        status = person_card(self.ben, "ann").status
        assert status is not None
        assert (status.emoji, status.text, status.until) == ("☕", "at lunch", until)
        Status.objects.update(until=timezone.now())
        assert person_card(self.ben, "ann").status is None
        status_set(user=self.ann, text="back")
        status = status_of(self.ann)
        assert status is not None
        assert (status.emoji, status.text, status.until) == ("", "back", None)
        for _ in range(2):
            status_clear(user=self.ann)
        assert status_of(self.ann) is None

    def test_bad_input_changes_nothing(self) -> None:
        status_set(user=self.ann, text="back")
        wrong: list[dict[str, Any]] = [
            {},
            {"emoji": " ", "text": " "},
            {"emoji": "x"},
            {"emoji": "☕☕"},
            {"emoji": 5},
            {"text": None},
            {"text": "x" * (MAX_STATUS_LENGTH + 1)},
            {"text": "nul \0"},
            {"text": "x", "until": "soon"},
            {"text": "x", "until": timezone.now().isoformat()},
        ]
        for given in wrong:
            with self.subTest(given), pytest.raises(InvalidField):
                status_set(user=self.ann, **given)
        assert Status.objects.get().text == "back"

    def test_the_card_says_who_is_not_to_be_disturbed(self) -> None:
        assert not person_card(self.ben, "ann").not_disturbed
        preferences = Preferences.objects.create(user=self.ann, dnd_until=timezone.now() + timedelta(hours=1))
        assert person_card(self.ben, "ann").not_disturbed
        preferences.dnd_until = timezone.now()
        preferences.save()
        assert not person_card(self.ben, "ann").not_disturbed

    def test_signs_take_no_query_and_say_what_is_true_now(self) -> None:
        def signs() -> Signs:
            user = User.objects.select_related(*SHOWN_WITH_SIGNS).get(pk=self.ann.pk)
            with self.assertNumQueries(0):
                return signs_of(user)

        assert signs() == Signs(self.ann.pk, "", "", None, None)
        until = timezone.now() + timedelta(hours=1)
        status_set(user=self.ann, emoji="☕", text="lunch", until=until.isoformat())
        preferences_update(user=self.ann, dnd_until=until)
        assert signs() == Signs(self.ann.pk, "☕", "lunch", until, until)
        past = timezone.now() - timedelta(seconds=1)
        Status.objects.update(until=past)
        Preferences.objects.update(dnd_until=past)
        assert signs() == Signs(self.ann.pk, "", "", None, None)

    def test_quiet_hours_next_begin_after_those_that_are_now(self) -> None:
        def next_start(now: datetime) -> datetime | None:
            users = User.objects.select_related(*SHOWN_WITH_SIGNS).all()
            with patch("django.utils.timezone.now", return_value=now):
                return next_quiet_start(users)

        noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
        assert next_start(noon) is None
        preferences_update(user=self.ann, quiet_from=time(22), quiet_until=time(7), time_zone="Europe/Berlin")
        assert next_start(noon) == datetime(2026, 7, 1, 20, tzinfo=UTC)
        assert next_start(noon + timedelta(hours=12)) == datetime(2026, 7, 2, 20, tzinfo=UTC)
        preferences_update(user=self.ben, quiet_from=time(12), quiet_until=time(13), time_zone="UTC")
        assert next_start(noon - timedelta(minutes=1)) == noon
        assert next_start(noon) == datetime(2026, 7, 1, 20, tzinfo=UTC)

    def test_over_rest(self) -> None:
        assert self.ok("GET", "me/status/", by=self.ann) is None
        body = self.ok("PUT", "me/status/", {"emoji": "🌴"}, by=self.ann)
        assert body == {"emoji": "🌴", "text": "", "until": None}
        assert self.ok("GET", "people/ann/", by=self.ben)["status"] == body
        self.ok("DELETE", "me/status/", by=self.ann, status=204)
        assert self.ok("GET", "people/ann/", by=self.ben)["status"] is None


class Page(ApiCase):
    def test_it_is_set_kept_and_cleared(self) -> None:
        self.client.force_login(self.ann)
        form = {"emoji": "☕", "text": "lunch", "ends": "60"}
        page = self.client.post("/accounts/status/", form, follow=True).content.decode()
        assert "Status saved." in page
        until = Status.objects.get().until
        assert until is not None
        assert timedelta(minutes=59) < until - timezone.now() <= timedelta(hours=1)
        assert '<option value="keep" selected>' in page
        self.client.post("/accounts/status/", {"text": "late lunch", "ends": "keep"})
        status = Status.objects.get()
        assert status.text == "late lunch"
        assert abs(status.until - until) < timedelta(seconds=1)  # type: ignore[operator]
        answer = self.client.post("/accounts/status/", {"text": "", "emoji": "", "ends": ""})
        assert answer.status_code == 400
        assert "Enter a status, or choose an emoji." in answer.content.decode()
        page = self.client.post("/accounts/status/clear/", follow=True).content.decode()
        assert "Status cleared." in page
        assert not Status.objects.exists()

    def test_today_and_this_week_end_by_the_clock_of_the_user(self) -> None:
        self.ann.time_zone = "Asia/Kathmandu"
        self.ann.save()
        self.client.force_login(self.ann)
        for choice, days in (("today", 1), ("week", 7)):
            self.client.post("/accounts/status/", {"text": "away", "ends": choice})
            until = Status.objects.get().until
            assert until is not None
            assert f"{until:%H:%M}" == "18:15"  # midnight there
            assert timedelta(0) < until - timezone.now() <= timedelta(days=days)
