"""Sections of the sidebar in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from rooms.models import Membership, Room, Section
from rooms.services.direct_rooms import direct_room_open
from rooms.services.levels import membership_update
from rooms.services.posting import message_post
from rooms.services.rooms import room_create
from rooms.services.sections import section_create, section_delete, section_fill, section_update
from rooms.tests.browser.test_sidebar import entry
from rooms.tests.support.browsing import make_place, read_all
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _no_sections(site: RunningServer) -> None:
    """Remove what earlier tests of the module have left."""
    Section.objects.all().delete()
    Room.objects.all().delete()


def section_of(page: Page, name: str) -> Locator:
    return page.locator(f".sidebar-section:has(h2 bdi:text-is('{name}'))")


def titles(page: Page, name: str) -> Locator:
    return section_of(page, name).locator(".sidebar-room bdi")


def test_sections_are_made_filled_ordered_and_deleted_and_other_devices_show_it(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "order")
    room_create(by=place.bob, name="order-b", title="Ant")
    page, phone = place.visit(browser, "bob", path="/sections/"), place.visit(browser, "bob", width=360, path="/")
    page.get_by_label("Name").fill("Work")
    page.get_by_role("button", name="Create section").click()
    page.get_by_label("The hall").check()
    page.get_by_label("Ant").check()
    page.get_by_role("button", name="Save").click()
    for one in (page, phone):
        expect(titles(one, "Work")).to_have_text(["Ant", "The hall"])
    section_create(user=place.bob, name="Later")
    for one in (page, phone):
        expect(one.locator(".sidebar-section h2")).to_have_text(["Work", "Later"])
    page.get_by_role("button", name="Move Later up").click()
    for one in (page, phone):
        expect(one.locator(".sidebar-section h2")).to_have_text(["Later", "Work"])
    expect(page.get_by_role("button", name="Move Later up")).to_have_count(0)
    page.get_by_role("button", name="Delete Work").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    for one in (page, phone):
        expect(one.locator(".sidebar-section h2")).to_have_text(["Later"])
        expect(one.locator("#sidebar-rooms bdi")).to_have_text(["The hall", "Ant"])


def test_a_collapsed_section_shows_unread_rooms_on_all_devices_and_after_a_reload(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "fold")
    quiet = room_create(by=place.bob, name="fold-b", title="Quiet")
    section = section_create(user=place.bob, name="Work")
    section_fill(user=place.bob, section_id=section.pk, room_names=["fold", "fold-b"])
    read_all(place.room)
    page, other = (place.visit(browser, "bob", path="/") for _ in range(2))
    toggle = page.get_by_role("button", name="Work", exact=True)
    expect(toggle).to_have_attribute("aria-expanded", "true")
    toggle.focus()
    page.keyboard.press("Enter")
    for one in (page, other):
        expect(one.get_by_role("button", name="Work", exact=True)).to_have_attribute("aria-expanded", "false")
        expect(entry(one, place.room)).to_be_hidden()
        expect(entry(one, quiet)).to_be_hidden()
    plain = place.visit(browser, "bob", path="/", java_script_enabled=False)
    with_script = other.locator("#sidebar-sections").inner_html()

    def normalize(html: str) -> str:
        return re.sub(r"\s+|hidden=\"\"|hidden|value=\"\w+\"", "", html)

    assert normalize(plain.locator("#sidebar-sections").inner_html()) == normalize(with_script)
    message_post(by=place.alice, room=place.room, content="news")
    for one in (page, other):
        expect(entry(one, place.room)).to_be_visible()
        expect(entry(one, quiet)).to_be_hidden()
    page.reload()
    expect(entry(page, place.room)).to_be_visible()
    expect(entry(page, quiet)).to_be_hidden()
    page.goto(quiet.get_absolute_url())
    expect(entry(page, quiet)).to_be_visible()  # the open room
    section_update(user=place.bob, section_id=section.pk, collapsed=False)
    expect(entry(other, quiet)).to_be_visible()
    plain.reload()
    plain.get_by_role("button", name="Work", exact=True).click()
    expect(entry(plain, quiet)).to_be_hidden()
    expect(entry(other, quiet)).to_be_hidden()


def test_rooms_are_dragged_between_lists(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "drag")
    direct, _ = direct_room_open(by=place.bob, people=[place.alice])
    section_create(user=place.bob, name="Work")
    page, other = (place.visit(browser, "bob", path="/") for _ in range(2))

    def drag(room: Room, target: Locator) -> None:
        entry(page, room).get_by_role("link").hover()
        page.mouse.down()
        target.hover()  # which begins to drag
        expect(page.locator(".sidebar-dragging")).to_have_count(1)  # the script for it has been loaded
        target.hover()
        page.mouse.up()
        expect(page.locator(".sidebar-dragging")).to_have_count(0)

    drag(place.room, section_of(page, "Work").get_by_role("heading"))
    drag(direct, section_of(page, "Work").get_by_role("heading"))
    for one in (page, other):
        expect(titles(one, "Work")).to_have_text(["alice", "The hall"])
    drag(place.room, entry(page, direct))  # within its section, where it stays
    membership_update(user=place.bob, room=place.room, favourite=True)
    for one in (page, other):
        expect(one.locator("#sidebar-favourites bdi")).to_have_text(["The hall"])
    drag(place.room, titles(page, "Work"))
    for one in (page, other):
        expect(titles(one, "Work")).to_have_text(["alice", "The hall"])
    assert not Membership.objects.get(user=place.bob, room=place.room).favourite
    # An empty list shows its heading while something is dragged.
    link = entry(page, direct).get_by_role("link").bounding_box()
    assert link is not None
    page.mouse.move(link["x"] + 20, link["y"] + 10)
    page.mouse.down()
    page.mouse.move(link["x"] + 40, link["y"] + 20)
    heading = page.locator("#sidebar-direct-heading")
    expect(heading).to_be_visible()
    where = heading.bounding_box()
    assert where is not None
    for _ in range(2):
        page.mouse.move(where["x"] + 20, where["y"] + 10)
    page.mouse.up()
    for one in (page, other):
        expect(one.locator("#sidebar-direct bdi")).to_have_text(["alice"])
    expect(heading).to_be_visible()
    drag(place.room, page.locator("#sidebar-direct"))  # its own list is the one of the rooms
    for one in (page, other):
        expect(one.locator("#sidebar-rooms bdi")).to_have_text(["The hall"])


def test_a_room_is_moved_with_the_keyboard_in_the_dialog_of_its_bell(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "keys")
    section = section_create(user=place.bob, name="Work")
    page, other = place.visit(browser, "bob"), place.visit(browser, "bob", path="/")
    bell = page.get_by_role("link", name="Notifications in this room")
    for chosen, expected in (("Work", ["The hall"]), ("None", [])):
        bell.focus()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog", name="Notifications")
        dialog.get_by_label("Section").select_option(label=chosen)
        dialog.get_by_role("button", name="Save").press("Enter")
        for one in (page, other):
            expect(titles(one, "Work")).to_have_text(expected)
    section_delete(user=place.bob, section_id=section.pk)
    expect(other.locator(".sidebar-section")).to_have_count(0)
