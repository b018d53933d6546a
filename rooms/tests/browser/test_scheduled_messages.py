"""Scheduling a message in a real browser, on two of a person's devices."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, expect

from rooms.models import Message, ScheduledMessage
from rooms.services.rooms import room_close
from rooms.services.scheduled_messages import scheduled_send_due
from rooms.tests.support.browsing import make_place
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser


def test_a_message_is_scheduled_edited_and_sent(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "planned")
    place.alice.time_zone = "Asia/Kathmandu"
    place.alice.save(update_fields=["time_zone"])
    room = place.visit(browser, "alice", timezone_id="Asia/Kathmandu")
    listed = place.visit(browser, "alice", 320, "/scheduled/", timezone_id="Asia/Kathmandu")
    expect(listed.locator(".empty")).to_contain_text("No scheduled messages.")
    schedule = room.get_by_role("button", name="Schedule message")
    expect(schedule).to_be_hidden()  # nothing is written yet
    room.locator("#content").fill("Good morning")
    schedule.click()
    room.get_by_role("button", name="Tomorrow").click()
    expect(room.locator("#said")).to_contain_text("Message scheduled:")
    expect(room.locator("#content")).to_have_value("")
    expect(room.locator("#sidebar-scheduled-count")).to_have_text("1")
    scheduled = ScheduledMessage.objects.get()
    assert scheduled.send_at.strftime("%H:%M") == "03:15"  # nine o'clock there

    expect(listed.locator(".hit-text")).to_have_text("Good morning")
    listed.get_by_role("link", name="Edit", exact=True).click()
    expect(listed.get_by_label("Message", exact=True)).to_have_value("Good morning")
    assert listed.get_by_label("Date and time").input_value().endswith("T09:00")
    listed.get_by_label("Message", exact=True).fill("Good morning, all")
    listed.get_by_label("Date and time").fill("2020-01-01T09:00")
    listed.get_by_role("button", name="Save").click()
    expect(listed.locator(".field-error")).to_have_text("This time is in the past.")
    expect(listed.get_by_label("Message", exact=True)).to_have_value("Good morning, all")
    listed.get_by_label("Date and time").fill(f"{timezone.now().year + 1}-03-01T10:30")
    listed.get_by_role("button", name="Save").click()
    expect(listed.locator(".hit-text")).to_have_text("Good morning, all")
    expect(listed.locator(".hit-head time")).to_have_text(f"Mar 1, {timezone.now().year + 1}, 10:30 AM")
    assert listed.evaluate("document.documentElement.scrollWidth") == 320

    ScheduledMessage.objects.update(send_at=timezone.now())
    scheduled_send_due()
    expect(room.locator(".message-body", has_text="Good morning, all")).to_be_visible()
    expect(room.locator("#sidebar-scheduled")).to_be_hidden()
    expect(listed.locator(".empty")).to_contain_text("No scheduled messages.")


def test_text_and_reply_stay_in_the_composer_if_scheduling_fails(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "kept")
    room = place.visit(browser, "alice")
    room.locator("#content").fill("Good morning")
    room.get_by_role("button", name="Schedule message").click()
    room.context.set_offline(True)
    room.get_by_role("button", name="In 1 hour").click()
    dialog = room.get_by_role("dialog", name="Schedule message")
    expect(dialog.get_by_role("alert")).not_to_be_empty()
    room.context.set_offline(False)
    room.get_by_role("button", name="In 1 hour").click()
    expect(dialog).to_be_hidden()
    expect(room.locator("#content")).to_have_value("")


def test_what_cannot_be_sent_says_why(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "closed")
    ScheduledMessage.objects.all().delete()
    later = timezone.now() + timedelta(hours=1)
    late = ScheduledMessage.objects.create(author=place.alice, room=place.room, content="late", send_at=later)
    listed = place.visit(browser, "alice", 1280, "/scheduled/")
    expect(listed.locator(".hit-text")).to_have_text("late")
    room_close(by=place.alice, room=place.room)
    ScheduledMessage.objects.filter(pk=late.pk).update(send_at=timezone.now())
    scheduled_send_due()
    expect(listed.locator(".field-error")).to_have_text("Not sent: This room is archived (read-only).")
    listed.locator("#sidebar").get_by_role("link", name="Notifications").click()
    listed.get_by_role("link", name="Your scheduled message to The hall was not sent").click()
    listed.wait_for_url(f"**/scheduled/#scheduled-{late.pk}")
    expect(listed.locator(f"#scheduled-{late.pk} .hit-text")).to_have_text("late")
    listed.get_by_role("button", name="Delete", exact=True).click()
    listed.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(listed.locator(".empty")).to_be_visible()
    expect(listed.locator("#sidebar-notifications")).to_be_hidden()
    assert not Message.objects.filter(content="late").exists()
