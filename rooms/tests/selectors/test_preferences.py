"""When people are not to be disturbed."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import TestCase
from django.utils import timezone
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rooms.models import Preferences, User
from rooms.selectors.preferences import dnd_ends, preferences_for, preferences_of, quiet_until

MANY = settings(max_examples=500, deadline=None, database=None, derandomize=True)
MINUTE = timedelta(minutes=1)
ZONES = [
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",  # puts its clock forward by half an hour
    "Asia/Kathmandu",  # never changes it; 5:45 from UTC
    "Africa/Casablanca",  # puts it back for Ramadan
    "Pacific/Apia",  # had no 30 December 2011
]
# Around changes of clocks; each day has 1440 minutes, so that quiet hours begin or end in the hours concerned.
DAYS = [
    datetime(2026, 3, 28, tzinfo=UTC),
    datetime(2026, 10, 24, tzinfo=UTC),
    datetime(2026, 3, 8, tzinfo=UTC),
    datetime(2026, 11, 1, tzinfo=UTC),
    datetime(2026, 4, 4, tzinfo=UTC),
    datetime(2026, 10, 3, tzinfo=UTC),
    datetime(2026, 2, 14, tzinfo=UTC),
    datetime(2026, 3, 21, tzinfo=UTC),
    datetime(2011, 12, 29, tzinfo=UTC),
]
minutes = st.integers(0, 1439).map(lambda minute: time(minute // 60, minute % 60))
moments = st.builds(
    lambda day, minute: day + minute * MINUTE, st.sampled_from(DAYS), st.integers(-12 * 60, 48 * 60)
)  # fmt: skip


def minute_by_minute(zone: str, start: time, end: time, dnd_until: datetime | None, now: datetime) -> datetime | None:
    """Return what `quiet_until` should, by looking at a clock once a minute."""

    def disturbs(moment: datetime) -> bool:
        clock = moment.astimezone(ZoneInfo(zone)).strftime("%H:%M")
        since_start = (_number(clock) - _number(start.strftime("%H:%M"))) % 1440
        length = (_number(end.strftime("%H:%M")) - _number(start.strftime("%H:%M"))) % 1440
        return since_start >= length and not (dnd_until and moment < dnd_until)

    moment = now
    while not disturbs(moment):
        moment += MINUTE
    return moment if moment > now else None


def _number(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


@MANY
@given(st.sampled_from(ZONES), minutes, minutes, moments, st.none() | st.integers(-60, 1500))
@example("Europe/Berlin", time(22), time(2, 30), datetime(2026, 3, 29, 0, 30, tzinfo=UTC), None)
@example("Europe/Berlin", time(22), time(2, 30), datetime(2026, 10, 25, 0, 10, tzinfo=UTC), None)
@example("Europe/Berlin", time(2, 30), time(8), datetime(2026, 10, 25, 0, 45, tzinfo=UTC), None)
def test_quiet_hours_are_those_that_a_clock_shows(
    zone: str, start: time, end: time, now: datetime, dnd_minutes: int | None
) -> None:
    if start == end:
        return
    dnd_until = None if dnd_minutes is None else now + dnd_minutes * MINUTE
    preferences = Preferences(time_zone=zone, quiet_from=start, quiet_until=end, dnd_until=dnd_until)
    assert quiet_until(preferences, now) == minute_by_minute(zone, start, end, dnd_until, now)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def berlin(start: str, end: str, dnd_until: str | None = None) -> Preferences:
    return Preferences(
        time_zone="Europe/Berlin",
        quiet_from=time.fromisoformat(start),
        quiet_until=time.fromisoformat(end),
        dnd_until=dnd_until and at(dnd_until),
    )


@pytest.mark.parametrize(
    ("now", "end"),
    [
        ("2026-06-01 21:59:59+02:00", None),
        ("2026-06-01 22:00+02:00", "2026-06-02 07:00+02:00"),
        ("2026-06-02 06:59:59.999+02:00", "2026-06-02 07:00+02:00"),
        ("2026-06-02 07:00+02:00", None),
        ("2026-03-28 23:00+01:00", "2026-03-29 07:00+02:00"),  # an hour shorter
        ("2026-10-24 23:00+02:00", "2026-10-25 07:00+01:00"),  # an hour longer
    ],
)
def test_quiet_hours_last_over_midnight_and_changes_of_the_clock(now: str, end: str | None) -> None:
    assert quiet_until(berlin("22:00", "07:00"), at(now)) == (end and at(end))


def test_an_end_that_the_clock_leaves_out_is_when_it_is_put_forward() -> None:
    assert quiet_until(berlin("22:00", "02:30"), at("2026-03-29 01:59+01:00")) == at("2026-03-29 03:00+02:00")
    assert quiet_until(berlin("02:15", "02:45"), at("2026-03-29 03:20+02:00")) is None


def test_a_time_that_the_clock_shows_twice_is_quiet_twice() -> None:
    quiet = berlin("22:00", "02:30")
    assert quiet_until(quiet, at("2026-10-25 02:10+02:00")) == at("2026-10-25 02:30+02:00")
    assert quiet_until(quiet, at("2026-10-25 02:40+02:00")) is None
    assert quiet_until(quiet, at("2026-10-25 02:10+01:00")) == at("2026-10-25 02:30+01:00")


def test_do_not_disturb_ends_when_it_is_over_and_quiet_hours_may_follow() -> None:
    preferences = Preferences(dnd_until=at("2026-06-01 12:00+00:00"))
    assert quiet_until(preferences, at("2026-06-01 11:59:59+00:00")) == at("2026-06-01 12:00+00:00")
    assert quiet_until(preferences, at("2026-06-01 12:00+00:00")) is None
    both = berlin("22:00", "07:00", dnd_until="2026-06-01 22:30+02:00")
    assert quiet_until(both, at("2026-06-01 21:30+02:00")) == at("2026-06-02 07:00+02:00")
    longer = berlin("22:00", "07:00", dnd_until="2026-06-02 09:00+02:00")
    assert quiet_until(longer, at("2026-06-01 23:00+02:00")) == at("2026-06-02 09:00+02:00")


def test_without_preferences_or_with_an_unknown_time_zone_nothing_fails() -> None:
    assert quiet_until(Preferences(), at("2026-06-01 03:00+00:00")) is None
    unknown = Preferences(time_zone="Mars/Olympus", quiet_from=time(2), quiet_until=time(4))
    assert quiet_until(unknown, at("2026-06-01 03:00+00:00")) == at("2026-06-01 04:00+00:00")


class Rows(TestCase):
    def test_users_without_a_row_have_the_defaults(self) -> None:
        ann, ben = (User.objects.create_user(name) for name in ("ann", "ben"))
        Preferences.objects.create(user=ben, email="daily")
        found = preferences_of([ann.pk, ben.pk])
        assert {user_id: (one.email, one.hide_content) for user_id, one in found.items()} == {
            ann.pk: ("missed", False),
            ben.pk: ("daily", False),
        }
        assert preferences_for(ann).pk == ann.pk
        assert not Preferences.objects.filter(user=ann).exists()

    def test_do_not_disturb_is_listed_for_those_who_have_it_on(self) -> None:
        ann, ben, cat = (User.objects.create_user(name) for name in ("ann", "ben", "cat"))
        now = timezone.now().replace(microsecond=1)
        Preferences.objects.create(user=ann, dnd_until=now - MINUTE)
        Preferences.objects.create(user=ben, dnd_until=now + MINUTE)
        Preferences.objects.create(user=cat)
        assert dnd_ends([ann.pk, ben.pk, cat.pk]) == {ben.pk: int(now.timestamp()) + 61}
