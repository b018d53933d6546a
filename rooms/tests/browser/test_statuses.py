"""Statuses next to names, in a real browser."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from rooms.models import Preferences, Status
from rooms.services.direct_rooms import direct_room_open
from rooms.services.preferences import preferences_update
from rooms.services.statuses import status_clear, status_set
from rooms.tests.support.browsing import Place, make_place
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser


@pytest.fixture
def place(site: RunningServer, request: pytest.FixtureRequest) -> Place:
    """A room of this test. Nobody has a status."""
    place = make_place(site, request.node.name.replace("_", "-")[:40])
    Status.objects.all().delete()
    Preferences.objects.all().delete()
    return place


def test_a_status_is_shown_live_and_ends_by_itself(place: Place, browser: Browser) -> None:
    direct, _ = direct_room_open(by=place.alice, people=[place.alice, place.bob])
    context = place.context(browser, "alice")
    alice = context.new_page()
    alice.clock.install()
    alice.goto(place.room.get_absolute_url())
    expect(alice.locator("#here")).to_have_text("1 here")
    member = alice.locator(".member[data-user=bob]")
    sidebar = alice.locator(f".sidebar-room[data-room={direct.name}]")
    expect(member.locator(".sign-status")).to_have_count(0)
    until = timezone.now() + timedelta(hours=1)
    status_set(user=place.bob, emoji="🌴", text="On <b>holiday</b>", until=until.isoformat())
    for holder in (member, sidebar):
        expect(holder.locator(".sign-status")).to_have_text("🌴")
        expect(holder.get_by_role("img")).to_have_accessible_name(re.compile("^On <b>holiday</b>, until .*:"))
    preferences_update(user=place.bob, dnd_until=until + timedelta(hours=1))
    expect(member.locator(".sign-quiet svg")).to_be_visible()
    alice.reload()
    for holder in (member, sidebar):
        expect(holder.get_by_role("img").first).to_have_accessible_name(re.compile("^On <b>holiday</b>, until .*:"))
        expect(holder.get_by_role("img").nth(1)).to_have_accessible_name(re.compile("^Do not disturb, until .*:"))
    alice.clock.fast_forward(3600_000)
    for holder in (member, sidebar):
        expect(holder.locator(".sign-status")).to_have_count(0)
        expect(holder.locator(".sign-quiet")).to_have_count(1)
    alice.clock.fast_forward(3600_000)
    expect(alice.locator(".sign-quiet")).to_have_count(0)


def test_a_direct_room_shows_the_status_in_its_header(place: Place, browser: Browser) -> None:
    direct, _ = direct_room_open(by=place.alice, people=[place.alice, place.bob])
    status_set(user=place.bob, text="At lunch")
    alice = place.visit(browser, "alice", width=320, path=direct.get_absolute_url())
    expect(alice.get_by_role("heading", level=1)).to_have_accessible_name("bob At lunch")
    status_clear(user=place.bob)
    expect(alice.get_by_role("heading", level=1)).to_have_accessible_name("bob")
    assert alice.evaluate("document.documentElement.scrollWidth") == 320


def test_the_list_is_loaded_again_when_quiet_hours_begin(place: Place, browser: Browser) -> None:
    soon = timezone.now() + timedelta(seconds=4)
    late = timezone.now() + timedelta(hours=2)
    preferences_update(user=place.bob, quiet_from=soon.time(), quiet_until=late.time(), time_zone="UTC")
    alice = place.visit(browser, "alice")
    expect(alice.locator(".member[data-user=bob] .sign-quiet")).to_be_visible(timeout=30_000)
