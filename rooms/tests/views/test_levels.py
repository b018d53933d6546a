"""The pages of a room's notifications and of notification settings, without scripts."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from pytest_django import Settings

from rooms.models import Membership, Preferences, Room, User
from rooms.services.direct_rooms import direct_room_open
from rooms.services.preferences import preferences_update
from rooms.tests.support.pages import signed_in

pytestmark = pytest.mark.django_db
SETTINGS, DND = "/accounts/notifications/", "/accounts/notifications/do-not-disturb/"


def test_a_member_chooses_what_notifies_them_and_returns_to_the_room(alice: User, den: Room) -> None:
    client = signed_in(alice)
    page = client.get("/rooms/den/notifications/").content.decode()
    assert re.search('value="mentions"[^>]* checked', page)
    assert "replies to you (default)" in page
    answer = client.post("/rooms/den/notifications/", {"level": "nothing", "muted": "on"}, follow=True)
    assert answer.redirect_chain == [("/rooms/den/", 302)]
    assert "Notifications saved." in answer.content.decode()
    kept = Membership.objects.get(user=alice, room=den)
    assert (kept.level, kept.muted, kept.favourite) == ("nothing", True, False)
    assert client.post("/rooms/den/notifications/", {"level": "loud"}).status_code == 400


def test_only_members_can_choose(alice: User, bob: User, den: Room) -> None:
    absent = signed_in(bob).get("/rooms/nowhere/notifications/")
    assert absent.status_code == 404
    for answer in (
        signed_in(bob).get("/rooms/den/notifications/"),
        signed_in(bob).post("/rooms/den/notifications/", {"level": "nothing"}),
    ):
        assert (answer.status_code, answer.content) == (404, absent.content)
    Room.objects.filter(pk=den.pk).update(kind="open")  # bob may read it now
    assert signed_in(bob).get("/rooms/den/notifications/").status_code == 404
    assert signed_in(bob).post("/rooms/den/notifications/", {"level": "nothing"}).status_code == 404


def test_a_direct_room_notifies_of_everything_by_default(alice: User, bob: User) -> None:
    room, _ = direct_room_open(by=alice, people=[bob])
    page = signed_in(alice).get(f"/rooms/{room.name}/notifications/").content.decode()
    assert re.search('value="everything"[^>]* checked', page)
    assert "<bdi>bob</bdi>" in page


@pytest.fixture
def mailing(alice: User, settings: Settings) -> Settings:
    """An installation that sends mail, also to alice."""
    settings.EMAIL_CONFIGURED, settings.PUBLIC_URL = True, "https://chat.example.org"
    User.objects.filter(pk=alice.pk).update(email="alice@example.org")
    return settings


def test_email_is_offered_only_with_an_address_and_a_mail_server(alice: User, mailing: Settings) -> None:
    client = signed_in(alice)
    assert 'name="email"' in client.get(SETTINGS).content.decode()
    User.objects.filter(pk=alice.pk).update(email="")
    for sentence in ("add an email address", "This server does not send email."):
        page = client.get(SETTINGS).content.decode()
        assert sentence in page
        assert 'name="email"' not in page
        assert "saved" in client.post(SETTINGS, {"email": "off", "hide_content": "on"}, follow=True).content.decode()
        assert Preferences.objects.get(user=alice).email == "missed"
        mailing.EMAIL_CONFIGURED = False


def test_quiet_hours_and_email_are_saved_and_errors_are_shown_at_their_field(alice: User, mailing: Settings) -> None:
    client = signed_in(alice)
    given = {"quiet_from": "22:00", "quiet_until": "06:30", "time_zone": "Europe/Berlin", "email": "daily"}
    page = client.post(SETTINGS, given, follow=True).content.decode()
    assert "Notification settings saved." in page
    assert 'value="22:00"' in page
    assert '<option value="Europe/Berlin" selected>' in page
    kept = Preferences.objects.get(user=alice)
    assert (kept.quiet_from, kept.quiet_until, kept.email, kept.hide_content) == (time(22), time(6, 30), "daily", False)
    for changes, sentence in (
        ({"quiet_until": ""}, "Quiet hours need a start and an end."),
        ({"quiet_until": "22:00"}, "Choose another time than the start."),
        ({"quiet_from": "25:00"}, "Enter a valid time."),
    ):
        answer = client.post(SETTINGS, given | changes)
        assert answer.status_code == 400
        assert sentence in answer.content.decode()
    client.post(SETTINGS, {"email": "off", "hide_content": "on"})
    kept.refresh_from_db()
    assert (kept.quiet_from, kept.email, kept.hide_content) == (None, "off", True)


def test_do_not_disturb_is_turned_on_for_an_hour_until_tomorrow_or_off(alice: User) -> None:
    client, zone = signed_in(alice), ZoneInfo("Pacific/Auckland")

    def until() -> datetime | None:
        return Preferences.objects.get(user=alice).dnd_until

    before = timezone.now()
    page = client.post(DND, {"for": "hour"}, follow=True).content.decode()
    assert "Do not disturb is on." in page
    assert "Turn off" in page
    assert before <= (until() or before) - timedelta(hours=1) <= timezone.now()
    days = {(timezone.now().astimezone(zone) + timedelta(days=1)).date()}
    client.post(DND, {"for": "tomorrow", "browser_zone": zone.key})
    days.add((timezone.now().astimezone(zone) + timedelta(days=1)).date())
    morning = (until() or before).astimezone(zone)
    assert (morning.time(), morning.date() in days) == (time(9), True)
    page = client.post(DND, {"for": "off"}, follow=True).content.decode()
    assert until() is None
    assert "Turn off" not in page


def test_do_not_disturb_that_is_over_is_not_shown(alice: User) -> None:
    preferences_update(user=alice, dnd_until=timezone.now() - timedelta(seconds=1))
    assert "Turn off" not in signed_in(alice).get(SETTINGS).content.decode()
