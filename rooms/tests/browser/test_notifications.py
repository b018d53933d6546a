"""The bell and the page of notifications in a real browser, on two of a person's devices."""

import pytest
from playwright.sync_api import Browser, expect

from notifications.services.posting import notify_person
from rooms.models import Message
from rooms.services.mention_notices import mentions_notify
from rooms.services.posting import message_post
from rooms.services.rooms import room_create
from rooms.tests.support.browsing import make_place
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser


def test_notifications_are_counted_live_and_lead_to_their_messages(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "bell")
    elsewhere = room_create(by=place.alice, name="bell-elsewhere")
    room = place.visit(browser, "alice", path=elsewhere.get_absolute_url())
    listed = place.visit(browser, "alice", 320, "/notifications/")
    expect(room.locator("#here")).to_have_text("1 here")
    expect(listed.locator(".empty")).to_contain_text("No notifications yet.")
    expect(room.locator("#sidebar-notifications")).to_be_hidden()
    for number in range(30):
        content = "@alice come" if number == 3 else f"line {number}"
        message_post(by=place.bob, room=place.room, content=content)
    Message.objects.filter(room=place.room, seq=4).update(created_at="2026-01-01T00:00:00Z")
    mentions_notify()
    notify_person(user=place.alice, title="Backups work again")
    expect(room.locator("#sidebar-notifications")).to_have_text("2 unread")
    expect(listed.locator(".hit-unread")).to_have_count(2)
    assert listed.evaluate("document.documentElement.scrollWidth") == 320
    listed.get_by_role("link", name="mentioned you").click()
    expect(listed.locator("#message-4.message-found")).to_be_in_viewport()
    expect(room.locator("#sidebar-notifications")).to_have_text("1 unread")
    room.locator("#sidebar").get_by_role("link", name="Notifications").click()
    expect(room.locator(".hit-unread")).to_contain_text(["Backups work again"])
    room.get_by_role("button", name="Mark all as read").click()
    expect(room.locator("#said")).to_have_text("All notifications are marked as read.")
    expect(room.locator(".hit-unread")).to_have_count(0)
    expect(room.get_by_role("button", name="Mark all as read")).to_have_count(0)
    expect(listed.locator("#sidebar-notifications")).to_be_hidden()
