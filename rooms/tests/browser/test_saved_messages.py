"""Saved messages and reminders in a real browser, on two of a person's devices."""

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from rooms.models import SavedMessage
from rooms.services.posting import message_post
from rooms.services.reminders import reminders_send
from rooms.tests.browser.test_message_actions import choose
from rooms.tests.support.browsing import make_place, read_all
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser


def test_a_message_is_saved_and_comes_back_as_a_reminder(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "later")
    for number in range(60):
        message_post(by=place.bob, room=place.room, content=f"line {number}")
    read_all(place.room)
    room = place.visit(browser, "alice", timezone_id="Asia/Kathmandu")
    listed = place.visit(browser, "alice", 320, "/saved/", timezone_id="Asia/Kathmandu")
    expect(room.locator("#here")).to_have_text("1 here")
    expect(listed.locator(".empty")).to_contain_text("Nothing saved yet.")
    choose(room, 59, "Save for later")
    expect(room.locator("#message-59 .message-saved-mark")).to_be_visible()
    expect(listed.locator(".hit-text")).to_have_text("line 58")
    choose(room, 58, "Remind me…")
    room.get_by_role("button", name="Tomorrow").click()
    expect(room.locator("#said")).to_contain_text("Reminder set:")
    expect(listed.locator(".hit-text")).to_have_text(["line 57", "line 58"])
    moment = SavedMessage.objects.get(message__seq=58).remind_at
    assert moment is not None
    assert moment.strftime("%H:%M") == "03:15"  # nine o'clock there
    listed.get_by_role("button", name="Change reminder…").click()
    listed.get_by_label("Another date and time").fill("2020-01-01T10:00")
    listed.get_by_role("button", name="Set reminder").click()
    dialog = listed.get_by_role("dialog", name="Remind me")
    assert dialog.locator("input").evaluate("input => !input.validity.valid")
    year = timezone.now().year + 1
    listed.get_by_label("Another date and time").fill(f"{year}-03-01T10:30")
    listed.get_by_role("button", name="Set reminder").click()
    expect(listed.locator("#saved-later-58")).to_contain_text(f"Mar 1, {year}, 10:30")
    assert listed.evaluate("document.documentElement.scrollWidth") == 320
    SavedMessage.objects.filter(message__seq=58).update(remind_at=timezone.now())
    reminders_send()
    expect(room.locator("#said")).to_contain_text("Reminder: bob in The hall: line 57")
    expect(room.locator("#sidebar-reminders")).to_contain_text("1")
    expect(listed.get_by_role("heading", name="Reminders")).to_be_visible()
    room.get_by_role("link", name="Open message").click()
    expect(room.locator("#message-58.message-found")).to_be_in_viewport()
    listed.get_by_role("button", name="Done with the message by bob").click()
    expect(listed.locator(".hit-text")).to_have_text(["line 58"])
    expect(room.locator("#message-58 .message-saved-mark")).to_be_hidden()
    expect(room.locator("#sidebar-reminders")).to_be_hidden()
