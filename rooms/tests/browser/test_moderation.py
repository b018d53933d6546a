"""Reports, slow mode, mutes and blocked people in a real browser."""

import pytest
from playwright.sync_api import Browser, expect

from rooms.models import Message, Report
from rooms.services.accounts import account_create
from rooms.services.blocks import user_block, user_unblock
from rooms.services.members import member_join
from rooms.services.posting import message_post
from rooms.services.restrictions import user_mute, user_unmute
from rooms.services.rooms import room_update
from rooms.tests.support.browsing import PASSWORD, body, make_place, say
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser


def test_a_message_is_reported_and_the_moderator_sees_it_live(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "reported")
    carol = account_create(username="carol", password=PASSWORD)
    member_join(user=carol, room=place.room)
    message_post(by=place.bob, room=place.room, content="Buy this!")
    page = place.visit(browser, "carol")
    desk = place.visit(browser, "alice", 320, "/moderation/")
    expect(desk.locator("#open-reports")).to_have_text("No open reports")
    page.locator("#message-1").press("Enter")
    page.get_by_role("menuitem", name="Report…").click()
    dialog = page.get_by_role("dialog", name="Report message")
    dialog.get_by_label("Spam or advertising").check()
    dialog.get_by_label("More about it (optional)").fill("Every day")
    dialog.get_by_role("button", name="Report").click()
    expect(page.locator("#said")).to_contain_text("Reported. A moderator will look at it.")
    report = Report.objects.get()
    assert (report.reason, report.note, report.reporter) == ("spam", "Every day", carol)

    expect(desk.locator("#open-reports")).to_have_text("1 open report")
    desk.reload()
    assert desk.evaluate("document.documentElement.scrollWidth") == 320
    desk.get_by_role("button", name="Mute").click()
    expect(desk.locator(".notice")).to_contain_text("Person muted.")
    desk.get_by_role("button", name="Undo").click()
    expect(desk.locator(".report-done")).to_contain_text("undone")


def test_slow_mode_counts_down_and_keeps_the_text(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "slow")
    page = place.visit(browser, "bob")
    say(page, "one")
    expect(body(page, "one")).to_be_visible()
    expect(page.locator(".message-pending")).to_have_count(0)
    room_update(by=place.alice, room=place.room, slow_seconds=600)
    page.reload()
    hint = page.locator(".composer-hint")
    expect(hint).to_contain_text("Slow mode: you can send again in")
    say(page, "two")
    expect(page.locator("#content")).to_have_value("two")
    assert Message.objects.filter(content="two").count() == 0
    room_update(by=place.alice, room=place.room, slow_seconds=0)
    expect(hint).to_have_text("")
    page.press("#content", "Enter")
    expect(body(page, "two")).to_be_visible()


def test_a_mute_is_shown_in_the_composer_which_keeps_the_text(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "muting")
    page = place.visit(browser, "bob")
    say(page, "one")
    expect(body(page, "one")).to_be_visible()
    expect(page.locator(".message-pending")).to_have_count(0)
    user_mute(by=place.alice, user=place.bob, room=place.room, reason="Insults")
    say(page, "two")  # the page does not know of it yet
    hint = page.locator(".composer-hint")
    expect(hint).to_have_text("You are muted: you can read, but not write. Reason: “Insults”.")
    expect(page.locator("#content")).to_have_value("two")
    expect(body(page, "two")).to_have_count(0)
    page.press("#content", "Enter")
    expect(page.locator("#content")).to_have_value("two")
    user_unmute(by=place.alice, user=place.bob, room=place.room)
    page.press("#content", "Enter")
    expect(body(page, "two")).to_be_visible()


def test_messages_of_blocked_people_are_folded(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "folded")
    message_post(by=place.bob, room=place.room, content="Hello")
    user_block(by=place.alice, user=place.bob)
    page = place.visit(browser, "alice")
    expect(page.locator(".message-folded")).to_have_text("Message from a person you have blocked Show")
    expect(body(page, "Hello")).to_be_hidden()
    message_post(by=place.bob, room=place.room, content="Later")
    expect(page.locator(".message-folded")).to_have_count(2)
    page.get_by_role("button", name="Show").first.click()
    expect(body(page, "Hello")).to_be_visible()
    expect(body(page, "Later")).to_be_hidden()
    user_unblock(by=place.alice, user=place.bob)  # for other tests of the module
