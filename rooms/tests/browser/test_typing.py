"""Typing indicators, and where typed text goes, in a real browser."""

import json
import re

import pytest
from playwright.sync_api import Browser, Route, expect

from rooms.models import Message
from rooms.services.accounts import account_create
from rooms.services.members import member_join
from rooms.services.posting import message_post
from rooms.tests.support.browsing import PASSWORD, Line, body, make_place, read_all
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser
STORAGE_FULL = """async () => {
    const storage = await import("/static/js/storage.js");
    const { setItem } = Storage.prototype;
    storage.write("key", "old");
    Storage.prototype.setItem = () => { throw new DOMException("", "QuotaExceededError") };
    storage.write("key", "new");
    const whileFull = storage.read("key");
    Storage.prototype.setItem = setItem;
    storage.write("key", "last");
    return [whileFull, storage.read("key"), localStorage.getItem("key")];
}"""


def test_enter_inserts_a_line_break_in_an_open_code_block(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "fences")
    page = place.visit(browser, "alice")
    box = page.locator("#content")
    for line in ("look", "```py", "1", "```"):
        box.press_sequentially(line)
        box.press("Shift+Enter" if line == "look" else "Enter")
    expect(page.locator(".message-own:not(.message-pending)")).to_have_count(1)
    expect(box).to_have_value("")
    assert Message.objects.get(room=place.room).content == "look\n```py\n1\n```"


def test_typing_goes_to_the_composer_unless_a_message_was_reached_by_keyboard(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "anywhere")
    message_post(by=place.alice, room=place.room, content="mine")
    message_post(by=place.bob, room=place.room, content="his")
    read_all(place.room)
    page = place.visit(browser, "alice")
    box, editing, sent = page.locator("#content"), page.locator(".composer-editing"), page.locator(".message-own")
    texts = {"#message-1 .message-body": "everybody come", "#message-2": "really?", "#room-title": "+1", "#log": "hm"}
    for number, (where, text) in enumerate(texts.items(), 2):
        page.locator(where).click()
        page.keyboard.type(text)
        expect(box).to_have_value(text)
        page.keyboard.press("Enter")
        expect(sent).to_have_count(number)
    page.locator("#message-1 .message-body").hover()
    page.get_by_role("button", name="More about this message").click()
    page.keyboard.press("Escape")
    page.keyboard.type("even so")
    expect(box).to_have_value("even so")
    box.fill("")
    page.goto(f"{place.room.get_absolute_url()}?message=1")
    expect(page.locator("#message-1")).to_be_focused()
    page.keyboard.type("e")
    expect(box).to_have_value("e")
    box.fill("")
    page.locator("#message-1").click()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("e")
    expect(editing).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#scroller").focus()
    page.keyboard.press("Home")
    page.locator("#message-1").click()  # which already had the keyboard focus
    page.keyboard.type("erase")
    expect(box).to_have_value("erase")
    expect(editing).to_be_hidden()


def test_the_typing_indicator_ends_when_they_send_or_stop(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "typing")
    people = [account_create(username=name, password=PASSWORD) for name in ("ivan", "judy", "mia")]
    for user in people:
        member_join(user=user, room=place.room)
    alice = place.visit(browser, "alice", width=360)
    bob, ivan, judy, mia = (place.visit(browser, name) for name in ("bob", "ivan", "judy", "mia"))
    line, log = alice.locator("#typing"), alice.locator("#scroller")
    expect(alice.locator("#here")).to_have_text("5 here")
    before = log.bounding_box()
    bob.locator("#content").press_sequentially("  ")
    ivan.locator("#content").press_sequentially("well")
    expect(line).to_have_text("ivan is typing…")
    assert log.bounding_box() == before
    bob.locator("#content").press_sequentially("so")
    expect(line).to_have_text("ivan and bob are typing…")
    judy.locator("#content").press_sequentially("x")
    expect(line).to_have_text("ivan, bob and judy are typing…")
    ivan.locator("#content").press_sequentially("!")
    mia.locator("#content").press_sequentially("x")
    expect(line).to_have_text("ivan, bob and 2 others are typing…")
    ivan.press("#content", "Enter")
    expect(line).to_have_text("bob, judy and mia are typing…")
    expect(line).to_have_text("")
    expect(bob.locator("#typing")).to_have_text("")  # not shown to the user who types
    assert log.bounding_box() == before


def test_a_late_typing_notification_is_ignored_after_a_message(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "late-word")
    context = place.context(browser, "alice")
    sockets = Line(context)
    alice = context.new_page()
    alice.goto(place.room.get_absolute_url())
    expect(alice.locator("#here")).to_have_text("1 here")
    said = message_post(by=place.bob, room=place.room, content="quick").message
    expect(body(alice, "quick")).to_have_count(1)
    for name, version in (("bob", said.version - 1), ("carol", said.version - 1), ("bob", said.version)):
        user_id = place.bob.pk if name == "bob" else 10**9
        person = {
            "user_id": user_id,
            "user_name": name,
            "display_name": name.title(),
            "avatar": None,
            "version": version,
        }
        frame = {"type": "typing", "room_name": place.room.name, "people": [person]}
        sockets.sockets[0].send(json.dumps(frame))
        if version < said.version:
            expect(alice.locator("#typing")).to_have_text("Carol is typing…" if name == "carol" else "")
    expect(alice.locator("#typing")).to_have_text("Carol and Bob are typing…")


def test_the_composer_is_focused_and_supports_input_methods_but_not_on_touch(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "keys")
    page = place.visit(browser, "alice")
    box = page.locator("#content")
    expect(box).to_be_focused()
    page.keyboard.type("one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("two")
    expect(box).to_have_value("one\ntwo")
    small = box.bounding_box()
    composing = "new KeyboardEvent('keydown', {key: 'Enter', isComposing: true, bubbles: true, cancelable: true})"
    over = "new KeyboardEvent('keydown', {key: 'Enter', keyCode: 229, bubbles: true, cancelable: true})"
    for event in (composing, over, composing.replace("Enter", "Escape")):
        assert box.evaluate(f"box => box.dispatchEvent({event})")  # not cancelled: the input method handles it
    expect(box).to_have_value("one\ntwo")
    box.fill("line\n" * 40)
    large = box.bounding_box()
    assert small
    assert large
    assert small["height"] < large["height"] <= 740 / 3
    box.fill("one\ntwo")
    page.keyboard.press("Enter")
    expect(page.locator(".message-own:not(.message-pending)")).to_have_count(1)
    page.keyboard.press("ArrowUp")
    expect(box).to_have_value("one\ntwo")

    phone = place.visit(browser, "bob", width=360, has_touch=True, is_mobile=True)
    box = phone.locator("#content")
    expect(box).not_to_be_focused()
    expect(box).to_have_attribute("enterkeyhint", "send")
    box.press_sequentially("one")
    box.press("Enter")
    expect(phone.locator(".message-own:not(.message-pending)")).to_have_count(1)
    box.press_sequentially("two")
    nameless = "new InputEvent('beforeinput', {inputType: 'insertLineBreak', bubbles: true, cancelable: true})"
    assert not box.evaluate(f"box => box.dispatchEvent({nameless})")  # as some phone keyboards report Enter
    expect(phone.locator(".message-own:not(.message-pending)")).to_have_count(2)
    box.press_sequentially("three")
    phone.get_by_role("button", name="Send").tap()
    expect(phone.locator(".message-own:not(.message-pending)")).to_have_count(3)


def test_text_typed_before_the_script_loads_or_without_storage_is_kept(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "early")
    context = place.context(browser, "alice")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    context.route(re.compile(r"/js/room\b"), hold)
    page = context.new_page()
    page.goto(place.room.get_absolute_url(), wait_until="commit")
    box = page.locator("#content")
    box.press_sequentially("hello")
    page.get_by_role("button", name="Send").click(no_wait_after=True)
    expect(box).to_have_value("hello")
    held[0].continue_()
    expect(page.locator("#here")).to_have_text("1 here")
    expect(box).to_have_value("hello")
    assert page.url.endswith("/rooms/early/")
    assert page.evaluate(STORAGE_FULL) == ["new", "last", "last"]
