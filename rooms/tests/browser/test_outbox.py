"""Sending messages from the page: in order and exactly once, whatever happens in between."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from rooms.models import Message, Room
from rooms.services.posting import message_post
from rooms.services.rooms import room_close, room_reopen
from rooms.tests.support.browsing import Line, Place, bodies, body, make_place, say
from rooms.tests.support.proxies import proxy_in_thread
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser
QUOTE = {"seq": 1, "user_name": "bob", "display_name": "Bob", "excerpt": "Who is in?"}


def contents(room: Room) -> list[str]:
    return list(Message.objects.filter(room=room).order_by("seq").values_list("content", flat=True))


def wait_until_sent(page: Page) -> None:
    expect(page.locator(".message-pending")).to_have_count(0)


def open_tabs(place: Place, browser: Browser, count: int) -> tuple[Line, list[Page]]:
    context = place.context(browser, "alice")
    line = Line(context)
    pages = [context.new_page() for _ in range(count)]
    for page in pages:
        page.goto(place.room.get_absolute_url())
        expect(page.locator("#here")).to_have_text(re.compile("here"))
    return line, pages


def test_messages_above_the_rate_limit_wait_and_are_sent_in_order(
    server_factory: Callable[..., RunningServer], collected_static: Path, browser: Browser
) -> None:
    limits = {"SENDS_PER_SECOND": "4", "SENDS_BURST": "2", "DATA_DIR": str(collected_static)}
    place = make_place(server_factory("uvicorn", env=limits))
    page = place.visit(browser, "alice")
    texts = [f"line {number}" for number in range(7)]
    for text in texts:
        say(page, text)
    wait_until_sent(page)
    assert contents(place.room) == texts
    assert bodies(page) == texts
    expect(page.locator(".message-failed")).to_have_count(0)


def test_two_offline_tabs_send_everything_once_after_reconnecting(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "tabs")
    message_post(by=place.bob, room=place.room, content="Who is in?")
    line, (one, other) = open_tabs(place, browser, 2)
    draft = json.dumps({"content": "", "reply": QUOTE})
    one.evaluate("draft => localStorage.setItem('parlor:draft:alice:tabs', draft)", draft)
    one.reload()
    line.cut()
    say(one, "I am")
    say(other, "So am I")
    say(one, "Good")
    expect(one.locator(".message-pending")).to_have_count(2)
    line.mend()
    for page in (one, other):
        wait_until_sent(page)
        for text in ("I am", "So am I", "Good"):
            expect(body(page, text)).to_have_count(1)
    assert sorted(contents(place.room)) == ["Good", "I am", "So am I", "Who is in?"]
    assert contents(place.room).index("I am") < contents(place.room).index("Good")
    assert Message.objects.get(room=place.room, content="I am").reply_to_seq == 1


def test_pending_messages_are_not_sent_in_the_name_of_the_next_user(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "shared")
    line, (page,) = open_tabs(place, browser, 1)
    line.cut()
    say(page, "mine alone")
    expect(page.locator(".message-pending")).to_have_count(1)
    page.context.add_cookies(place.context(browser, "bob").cookies())  # type: ignore[arg-type]
    line.mend()
    expect(page.locator("#trouble")).to_contain_text("You are signed out.")
    expect(page.locator(".message-pending")).to_have_count(1)
    assert contents(place.room) == []


def test_a_message_to_an_archived_room_fails_and_can_be_retried(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "closing")
    line, (page,) = open_tabs(place, browser, 1)
    line.cut()
    say(page, "late")
    say(page, "never")
    room_close(by=place.alice, room=place.room)
    line.mend()
    refusal = "Not sent. This room is archived"
    expect(page.locator(".message-failure")).to_contain_text([refusal, refusal])
    page.reload()
    other = page.context.new_page()
    other.goto(place.room.get_absolute_url())
    for each in (page, other):
        expect(each.locator(".message-failed .message-body")).to_have_text(["late", "never"])
    page.get_by_role("button", name="Discard").last.click()
    expect(other.locator(".message-failed .message-body")).to_have_text(["late"])
    room_reopen(by=place.alice, room=place.room)
    page.get_by_role("button", name="Retry").click()
    for each in (page, other):
        wait_until_sent(each)
        expect(body(each, "late")).to_have_count(1)
    assert contents(place.room) == ["late"]


def test_a_dead_connection_is_reported_within_ten_seconds(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "swallowed")
    with proxy_in_thread(site.port) as proxy:
        page = place.context(browser, "alice").new_page()
        sockets: list[WebSocket] = []

        def count(socket: WebSocket) -> None:
            sockets.append(socket)

        page.on("websocket", count)
        page.clock.install()
        page.goto(proxy.url + place.room.get_absolute_url())
        expect(page.locator("#here")).to_have_text("1 here")
        proxy.swallow()
        page.clock.run_for(9_500)
        expect(page.locator("#trouble")).to_be_visible(timeout=1)
        proxy.recover()
        expect(page.locator("#trouble")).to_be_hidden()
        say(page, "here again")
        expect(page.locator(".message-own:not(.message-pending)")).to_have_count(1)
        assert len(sockets) == 1  # the same one: a slow server must not get new connections from everybody at once


def test_an_outage_shows_one_line_with_a_countdown_and_missed_messages_come_in_order(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "trouble")
    for number in range(60):
        message_post(by=place.bob, room=place.room, content=f"line {number}")
    place.room.memberships.update(read_seq=60)
    line, (page,) = open_tabs(place, browser, 1)
    page.evaluate("document.getElementById('scroller').scrollTop = -900")
    page.wait_for_timeout(200)
    before = page.locator("#message-40").bounding_box()
    line.cut()
    trouble = page.locator("#trouble")
    page.wait_for_timeout(2000)
    expect(trouble).to_be_hidden()  # a short outage is not shown
    page.evaluate("{ const now = Date.now; Date.now = () => now() - 3_600_000 }")  # set the clock back
    expect(trouble).to_contain_text(re.compile(r"No connection\. Retrying in \d+ s\."))
    expect(page.locator("#trouble-said")).to_have_text("No connection.")  # the countdown is not read out
    for number in range(60, 63):
        message_post(by=place.bob, room=place.room, content=f"line {number}")
    # With seconds left, so that the page does not reconnect by itself, and the button disappear, before it is clicked.
    expect(trouble).to_contain_text(re.compile(r"Retrying in ([4-9]|\d\d) s\."))
    line.mend()
    page.get_by_role("button", name="Try now").evaluate("button => button.click()")
    expect(trouble).to_be_hidden()
    expect(page.locator("#newer")).to_have_text("3 new messages")
    assert bodies(page)[-3:] == ["line 60", "line 61", "line 62"]
    assert page.locator("#message-40").bounding_box() == before
