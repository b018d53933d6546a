"""Pinned messages in a real browser."""

import pytest
from playwright.sync_api import Browser, expect

from rooms.services.posting import message_post
from rooms.tests.browser.test_message_actions import choose
from rooms.tests.support.browsing import make_place, read_all
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser


def test_a_pin_is_shown_to_everybody_counted_and_leads_to_its_place(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "pins")
    for number in range(60):
        message_post(by=place.bob, room=place.room, content=f"line {number}")
    read_all(place.room)
    alice, bob = place.visit(browser, "alice"), place.visit(browser, "bob", width=320)
    for page in (alice, bob):
        expect(page.locator("#here")).to_have_text("2 here")
        expect(page.get_by_role("link", name="Pinned messages")).to_be_hidden()
    choose(alice, 59, "Pin")
    mark = bob.locator("#message-59 .message-pinned-mark")
    expect(mark).to_have_text("Pinned by alice")
    bob.reload()
    expect(mark).to_have_text("Pinned by alice")
    expect(bob.get_by_role("link", name="Pinned messages: 1")).to_be_visible()
    assert bob.evaluate("document.documentElement.scrollWidth") == 320
    choose(alice, 58, "Pin")
    link = bob.get_by_role("link", name="Pinned messages: 2")
    link.click()
    expect(bob.locator(".hit-text")).to_have_text(["line 57", "line 58"])
    expect(bob.get_by_role("button", name="Unpin")).to_have_count(0)
    alice.get_by_role("link", name="Pinned messages: 2").click()
    alice.get_by_role("button", name="Unpin").first.click()
    expect(alice.locator(".notice")).to_have_text("Message unpinned.")
    alice.locator(".hit").click()
    expect(alice.locator("#message-59.message-found")).to_be_in_viewport()
    choose(alice, 59, "Unpin")
    expect(alice.get_by_role("link", name="Pinned messages")).to_be_hidden()
    expect(alice.locator("#message-59 .message-pinned-mark")).to_be_hidden()
