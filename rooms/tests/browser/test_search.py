"""Search and the quick switcher in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from rooms.models import User
from rooms.services.accounts import account_create
from rooms.services.members import member_join
from rooms.services.posting import message_post
from rooms.services.rooms import room_create
from rooms.tests.support.browsing import PASSWORD, body, make_place
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser


def person(name: str) -> User:
    found = User.objects.filter(username=name).first()
    return found or account_create(username=name, password=PASSWORD, display_name=name.title())


def open_switcher(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(page.locator("#switcher")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 360])
def test_find_a_message_open_it_and_come_back(site: RunningServer, browser: Browser, width: int) -> None:
    place = make_place(site, f"found-{width}")
    message_post(by=place.alice, room=place.room, content=f"The needle {width} is here")
    for number in range(120):
        message_post(by=place.bob, room=place.room, content=f"hay {number}")
    page = place.visit(browser, "alice", width=width, path="/")
    open_switcher(page)
    page.keyboard.type(f'needle "{width} is"')
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/search/"))
    hit = page.locator(".hit")
    expect(hit).to_have_count(1)
    expect(hit.locator("mark")).to_have_text(["needle", f"{width} is"])
    expect(hit).to_contain_text("in The hall")
    hit.click()
    expect(page).to_have_url(re.compile(rf"/rooms/found-{width}/\?message=1"))
    expect(body(page, f"The needle {width} is here")).to_be_in_viewport()
    page.go_back()
    expect(page.locator(".hit")).to_have_count(1)
    expect(page.get_by_role("searchbox", name="Search messages")).to_have_value(f'needle "{width} is"')


def test_the_search_page_works_without_a_script_and_says_what_is_wrong(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "plain")
    for number in range(25):
        message_post(by=place.alice, room=place.room, content=f"plain <b>{number}</b> & more")
    page = place.visit(browser, "alice", path="/", java_script_enabled=False)
    page.locator("#switcher-open").click()
    box = page.get_by_role("searchbox", name="Search messages")
    box.fill("plain in:plain")
    box.press("Enter")
    expect(page.locator(".hit")).to_have_count(20)
    expect(page.locator(".hit").first).to_contain_text("plain <b>24</b> & more")
    page.get_by_role("link", name="Older results").click()
    expect(page.locator(".hit")).to_have_count(5)
    box.fill("before:yesterday")
    box.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Write the date after before: like 2026-05-01.")
    expect(box).to_have_value("before:yesterday")
    box.fill("nothing-like-this")
    box.press("Enter")
    expect(page.get_by_text("No messages found.")).to_be_visible()


def test_the_quick_switcher_goes_to_rooms_and_people(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "switching")
    carla = person("carla")
    kitchen = room_create(by=place.alice, name="kitchen", title="Kitchen", kind="private")
    person("dieter")
    member_join(user=carla, room=place.room)
    page = place.visit(browser, "alice", path=kitchen.get_absolute_url())
    page.goto(place.room.get_absolute_url())
    open_switcher(page)
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("Kitchen")  # the most recent other room
    page.keyboard.type("ktichen")  # a typo
    expect(options.first).to_contain_text("Kitchen")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/rooms/kitchen/"))
    open_switcher(page)
    page.keyboard.type("diet")
    expect(options.first).to_contain_text("Dieter")
    expect(options.last).to_contain_text("Search messages for “diet”")
    page.keyboard.press("ArrowDown")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Dieter")).to_be_visible()
    open_switcher(page)
    page.keyboard.press("Escape")
    expect(page.locator("#switcher")).to_be_hidden()


def test_the_quick_switcher_covers_the_page_and_closes_when_it_is_left(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "covered")
    page = place.visit(browser, "alice")
    expect(page.locator("#here")).to_have_text("1 here")
    switcher, box, composer = page.locator("#switcher"), page.locator("#switcher input"), page.locator("#content")
    expect(composer).to_be_focused()
    open_switcher(page)
    box.click()
    expect(switcher).to_be_visible()
    start = page.get_by_role("link", name="Parlor").first.bounding_box()
    assert start is not None
    page.mouse.click(start["x"] + 5, start["y"] + 5)  # not on what is behind it
    expect(switcher).to_be_hidden()
    expect(page).to_have_url(re.compile("/rooms/covered/"))
    for key in ("Tab", "Shift+Tab", "Escape", "Control+k"):
        open_switcher(page)
        expect(box).to_be_focused()
        page.keyboard.type("?")
        expect(page.locator("dialog[open]")).to_have_count(0)
        page.keyboard.press(key)
        expect(switcher).to_be_hidden()
    expect(composer).to_be_focused()
    expect(composer).to_have_value("")
