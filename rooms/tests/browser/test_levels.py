"""Notifications of a room, favourites, muting and do-not-disturb in a real browser, on two devices."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from rooms.models import Membership, Preferences, Room
from rooms.services.direct_rooms import direct_room_open
from rooms.services.levels import membership_update
from rooms.services.posting import message_post
from rooms.services.preferences import preferences_update
from rooms.services.rooms import room_create
from rooms.tests.browser.test_sidebar import count, entry
from rooms.tests.support.browsing import make_place, read_all
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser
MUTED, NEWS = re.compile("sidebar-muted"), re.compile("sidebar-news")


def listed(page: Page, list_name: str) -> Any:
    return page.locator(f"#sidebar-{list_name} .sidebar-room").evaluate_all("all => all.map(one => one.dataset.room)")


def test_a_room_is_muted_in_its_dialog_on_all_devices_and_only_mentions_count(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "loud")
    other = room_create(by=place.bob, name="zebra", title="Zebra")
    read_all(place.room)
    desk, phone = place.visit(browser, "bob"), place.visit(browser, "bob", width=360)
    lobby = place.visit(browser, "bob", path="/")
    phone.locator(".members-open").click()
    phone.get_by_role("link", name="Notifications", exact=True).click()
    dialog = phone.get_by_role("dialog", name="Notifications")
    expect(dialog.get_by_role("radio", name=re.compile("^Mentions"))).to_be_checked()
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    desk.get_by_role("link", name="Notifications in this room").click()
    dialog = desk.get_by_role("dialog", name="Notifications")
    dialog.get_by_label("Nothing").check()
    dialog.get_by_label("Mute in list").check()
    dialog.get_by_role("button", name="Save").click()
    expect(desk.locator("#said")).to_have_text("Notifications saved.")
    expect(dialog).to_have_count(0)
    bell = desk.get_by_role("link", name="Notifications in this room")
    expect(bell).to_have_class(re.compile("bar-silent"))
    desk.reload()
    expect(bell).to_have_class(re.compile("bar-silent"))
    expect(bell.locator("svg:visible")).to_have_count(1)
    for page in (desk, phone, lobby):
        expect(entry(page, place.room)).to_have_class(MUTED)
        expect(entry(page, place.room).locator(".sidebar-silent")).to_have_attribute("title", "Notifications off")
        assert listed(page, "rooms") == [other.name, place.room.name]
    for page in (desk, phone):
        page.goto("/tasks/")  # else it marks the messages as read
    message_post(by=place.alice, room=place.room, content="noise")
    message_post(by=place.alice, room=place.room, content="@bob, look")
    expect(count(lobby, place.room)).to_have_text("@1")
    expect(entry(lobby, place.room)).not_to_have_class(NEWS)
    expect(lobby).to_have_title("(1) Rooms · Parlor")
    with_script = lobby.locator("#sidebar-rooms").inner_html()
    plain = place.visit(browser, "bob", path="/", java_script_enabled=False)

    def normalize(html: str) -> str:
        return re.sub(r"\s+", "", html.replace(' hidden=""', " hidden"))

    assert normalize(plain.locator("#sidebar-rooms").inner_html()) == normalize(with_script)
    membership_update(user=place.bob, room=place.room, muted=False)
    expect(entry(lobby, place.room)).not_to_have_class(MUTED)
    expect(lobby).to_have_title("(2) Rooms · Parlor")
    assert listed(lobby, "rooms") == [place.room.name, other.name]
    desk.goto(place.room.get_absolute_url())
    desk.get_by_role("link", name="Notifications in this room").click()
    expect(dialog.get_by_label("Nothing")).to_be_checked()
    expect(dialog.get_by_label("Mute in list")).not_to_be_checked()
    dialog.get_by_role("radio", name=re.compile("^Everything")).check()
    dialog.get_by_role("button", name="Save").click()
    expect(entry(lobby, place.room).locator(".sidebar-silent")).to_have_count(0)
    other.delete()


def test_favourites_are_first_by_title_on_all_devices(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "dear")
    direct, _ = direct_room_open(by=place.bob, people=[place.alice])
    one, other = (place.visit(browser, "bob", path="/") for _ in range(2))
    expect(one.get_by_role("heading", name="Favourites")).to_be_hidden()
    membership_update(user=place.bob, room=place.room, favourite=True)
    membership_update(user=place.bob, room=direct, favourite=True)
    for page in (one, other):
        expect(page.get_by_role("heading", name="Favourites")).to_be_visible()
        expect(page.locator("#sidebar-favourites bdi")).to_have_text(["alice", "The hall"])
        assert direct.name not in listed(page, "direct")
    one.reload()
    expect(one.locator("#sidebar-favourites bdi")).to_have_text(["alice", "The hall"])
    message_post(by=place.alice, room=direct, content="hi")
    expect(entry(one, direct)).to_have_class(re.compile("sidebar-mentions"))  # still a direct room
    membership_update(user=place.bob, room=direct, favourite=False)
    for page in (one, other):
        expect(page.locator("#sidebar-favourites bdi")).to_have_text(["The hall"])
        assert direct.name in listed(page, "direct")


def test_do_not_disturb_shows_in_the_account_row_of_all_devices(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "calm")
    settings = place.visit(browser, "bob", path="/accounts/notifications/", timezone_id="Asia/Tokyo")
    other = place.visit(browser, "bob")
    sign = other.locator("#dnd")
    expect(sign).to_be_hidden()
    settings.get_by_role("button", name="For 1 hour").click()
    expect(settings.locator(".dnd-now")).to_contain_text("On until")
    expect(sign).to_be_visible()
    expect(sign).to_have_attribute("title", "Do not disturb is on")
    plain = place.visit(browser, "bob", path="/", java_script_enabled=False)
    expect(plain.locator("#dnd")).to_be_visible()
    settings.get_by_role("button", name="Turn off").click()
    expect(sign).to_be_hidden()
    settings.get_by_role("button", name="Until tomorrow").click()
    expect(settings.locator(".dnd-now")).to_contain_text("9:00 AM")
    expect(sign).to_be_visible()
    preferences_update(user=place.bob, dnd_until=None)
    expect(sign).to_be_hidden()


def test_an_error_at_one_of_the_quiet_hours_leaves_the_other_as_high_as_it_was(
    site: RunningServer, browser: Browser
) -> None:
    page = make_place(site, "still").visit(browser, "bob", width=360, path="/accounts/notifications/")
    start = page.get_by_label("From")
    before = start.bounding_box()
    start.fill("22:00")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Quiet hours need a start and an end.")).to_be_visible()
    after = start.bounding_box()
    assert before is not None
    assert after is not None
    assert after["height"] == before["height"]


def test_quiet_hours_are_by_the_clock_of_the_browser(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "nights")
    Preferences.objects.all().delete()
    place.bob.time_zone = None
    place.bob.save()
    page = place.visit(browser, "bob", width=360, path="/accounts/notifications/", timezone_id="Asia/Tokyo")
    expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    page.get_by_label("From").fill("22:00")
    page.get_by_label("Until").fill("07:00")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".notice")).to_have_text("Notification settings saved.")
    kept = Preferences.objects.get(user=place.bob)
    assert (kept.time_zone, str(kept.quiet_from)) == ("Asia/Tokyo", "22:00:00")
    travelling = place.visit(browser, "bob", path="/accounts/notifications/", timezone_id="Europe/Berlin")
    expect(travelling.get_by_label("Time zone")).to_have_value("Asia/Tokyo")
    expect(travelling.locator("#browser-zone-now")).to_have_text("Your browser's time zone is Europe/Berlin.")


def test_a_long_list_of_rooms_can_be_filtered(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "few")
    page = place.visit(browser, "bob")
    expect(page.get_by_label("Filter rooms")).to_have_count(0)
    rooms = Room.objects.bulk_create(Room(name=f"r{number:02}", title=f"Café {number:02}") for number in range(16))
    Membership.objects.bulk_create(Membership(room=room, user=place.bob) for room in rooms)
    page.reload()
    page.get_by_label("Filter rooms").fill("fe 1")
    expect(page.locator(".sidebar-room:visible bdi")).to_have_text([f"Café {number}" for number in range(10, 16)])
    page.get_by_label("Filter rooms").fill("nothing like this")
    expect(page.locator("#sidebar-filter-none")).to_have_text("No results")
    page.keyboard.press("Escape")
    expect(entry(page, place.room)).to_be_visible()
    page.get_by_label("Filter rooms").fill("cafe 13")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/rooms/r13/$"))
    Room.objects.filter(pk__in=[room.pk for room in rooms]).delete()
