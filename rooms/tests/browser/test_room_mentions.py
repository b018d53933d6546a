"""Mentions of everybody in a real browser."""

import re

import pytest
from playwright.sync_api import Browser, expect

from chatproject.realtime.presence.registry_rows import signed_in_connections
from rooms.models import Membership, Room, User
from rooms.tests.support.browsing import make_place, say
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser


def add_people(room: Room, count: int) -> None:
    people = User.objects.bulk_create(User(username=f"{room.name}-{number}") for number in range(count))
    Membership.objects.bulk_create(Membership(room=room, user=user) for user in people)


@pytest.mark.parametrize("width", [360, 1280])
def test_many_are_only_notified_after_a_question(site: RunningServer, browser: Browser, width: int) -> None:
    place = make_place(site, f"crowd-{width}")
    add_people(place.room, 20)
    page, reader = place.visit(browser, "alice", width), place.visit(browser, "bob", width, path="/")
    box, options, question = page.locator("#content"), page.get_by_role("option"), page.locator("#notify-many")
    entry = reader.locator(f'[data-room="{place.room.name}"] .sidebar-count-shown')
    box.press_sequentially("cake @ro")
    expect(options).to_have_text([re.compile("@room.*Notify everyone in this room")])
    box.press("Enter")
    expect(box).to_have_value("cake @room ")
    box.press("Enter")
    expect(question).to_contain_text("Notify 21 people?")
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(question).to_be_hidden()
    expect(box).to_have_value("cake @room ")
    expect(box).to_be_focused()
    assert not place.room.messages.exists()
    box.press("Enter")
    question.get_by_role("button", name="Send").click()
    mention = page.locator(".message .mention")
    expect(mention).to_have_text("@room")
    expect(mention).to_have_js_property("tagName", "SPAN")  # no link, for it is no person
    expect(box).to_have_value("")
    expect(entry).to_have_text("@1")
    while not signed_in_connections().filter(user=place.bob).exists():  # written within a second
        page.wait_for_timeout(50)
    say(page, "@here: only bob is online")
    expect(page.locator(".message-body")).to_have_count(2)
    expect(entry).to_have_text("@2")
    reader.goto(place.room.get_absolute_url())
    expect(reader.locator(".message-mention")).to_have_count(2)
    say(page, "@here: and live")
    expect(reader.locator(".message-mention")).to_have_count(3)


def test_who_may_not_is_told_before_sending_and_few_are_notified_at_once(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "few")
    page, owner = place.visit(browser, "bob"), place.visit(browser, "alice")
    box, hint = page.locator("#content"), page.locator(".composer-plain")
    box.press_sequentially("hi @room")
    expect(page.get_by_role("option")).to_have_count(0)
    expect(hint).to_be_visible()
    box.press_sequentially("s")
    expect(hint).to_be_hidden()
    box.fill("hi @room")
    expect(hint).to_be_visible()
    box.press("Enter")
    expect(hint).to_be_hidden()
    expect(page.locator(".message-body")).to_have_text("hi @room")
    expect(page.locator(".mention")).to_have_count(0)
    say(owner, "hi @room")
    expect(page.locator(".message-mention .mention")).to_have_text("@room")
    expect(owner.locator("#notify-many")).to_be_hidden()
