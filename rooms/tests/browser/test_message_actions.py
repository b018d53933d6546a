"""Message actions and read markers in a real browser: two people, or one on two devices."""

import json
import re
import time

import pytest
from playwright.sync_api import Browser, Page, WebSocketRoute, expect

from notifications.models import Task
from rooms.models import Membership
from rooms.services.messages import message_delete, message_edit
from rooms.services.posting import NewMessage, message_post, messages_post
from rooms.services.profile import profile_update
from rooms.tests.support.browsing import Place, body, make_place, read_all, say
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser
SCROLLER = "document.getElementById('scroller')"


def choose(page: Page, seq: int, item: str) -> None:
    """Open a message's menu by its button and choose an item."""
    page.locator(f"#message-{seq}").hover()
    page.get_by_role("button", name="More about this message").click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def test_reactions_are_live_and_show_names(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "reactions")
    profile_update(user=place.bob, display_name="Bobby")
    message_post(by=place.bob, room=place.room, content="well?")
    read_all(place.room)
    alice, bob = place.visit(browser, "alice"), place.visit(browser, "bob", width=360, has_touch=True)
    for page in (alice, bob):
        expect(page.locator("#here")).to_have_text("2 here")
    choose(alice, 1, "hooray")
    mine, his = alice.locator(".reaction"), bob.locator(".reaction")
    expect(mine).to_have_attribute("aria-pressed", "true")
    expect(his).to_have_text(re.compile(r"🎉\s+1"))
    expect(his).to_have_attribute("aria-pressed", "false")
    his.click()
    expect(mine).to_have_text(re.compile(r"🎉\s+2"))
    expect(mine).to_have_attribute("title", "you, Bobby")
    expect(his).to_have_attribute("title", "alice, you")
    for _ in range(2):
        bob.locator("#message-1 .message-body").tap()
        bob.get_by_role("button", name="More about this message").tap()
        expect(bob.get_by_role("menuitem", name="Reply")).to_be_in_viewport()
        bob.touchscreen.tap(100, 20)
        expect(bob.locator("#message-menu")).to_be_hidden()
    bob.locator("#message-1 .message-body").tap()
    bob.get_by_role("button", name="More about this message").tap()
    bob.get_by_role("menuitem", name="More reactions").tap()
    bob.get_by_label("Search emoji by name").press_sequentially("rocket")
    expect(bob.get_by_role("button", name="rocket").first).to_be_visible()
    bob.keyboard.press("Enter")
    expect(mine).to_have_text([re.compile(r"🎉\s+2"), re.compile(r"🚀\s+1")])
    alice.context.set_offline(True)
    mine.first.click()
    expect(mine.first).to_have_text(re.compile(r"🎉\s+1"))
    alice.context.set_offline(False)
    expect(his.first).to_have_text(re.compile(r"🎉\s+1"))
    his.first.click()
    expect(mine).to_have_text([re.compile(r"🚀\s+1")])


def test_all_message_actions_work_by_keyboard(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "keys")
    for content in ("first", "second"):
        message_post(by=place.bob, room=place.room, content=content)
    message_post(by=place.alice, room=place.room, content="mine")
    read_all(place.room)
    page = place.visit(browser, "alice")
    expect(page.locator("#here")).to_have_text("1 here")
    focused = page.locator(":focus")
    page.locator("#scroller").focus()
    for key, seq in (("ArrowUp", 3), ("Home", 1), ("ArrowDown", 2)):
        page.keyboard.press(key)
        expect(page.locator(f"#message-{seq}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(focused).to_have_attribute("data-emoji", "👍")
    page.keyboard.press("ArrowDown")
    expect(focused).to_have_text(re.compile("Reply"))
    page.keyboard.press("Escape")
    expect(page.locator("#message-menu")).to_be_hidden()
    expect(page.locator("#message-2")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#message-2 .reaction")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#message-2")).to_be_focused()
    page.keyboard.press("r")
    expect(page.locator("#content")).to_be_focused()
    expect(page.locator(".composer-reply")).to_contain_text("bob")
    page.keyboard.type("an answer")
    page.keyboard.press("Enter")
    expect(page.locator("#message-4 .message-quote")).to_have_text(re.compile(r"bob\s+second"))
    page.locator("#message-3").focus()
    page.keyboard.press("e")
    expect(page.locator("#content")).to_have_value("mine")
    page.keyboard.press("Escape")
    expect(page.locator("#content")).to_have_value("")
    page.locator("#message-3").focus()
    arabic_e = {"key": "ث", "code": "KeyE", "bubbles": True}
    page.locator("#message-3").dispatch_event("keydown", arabic_e)
    expect(page.locator("#content")).to_have_value("mine")
    page.keyboard.press("Escape")
    page.locator("#message-3").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    expect(focused).to_have_text("Delete")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#message-3 .message-tombstone")).to_be_visible()
    page.locator("#message-3").focus()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Move between messages")
    page.keyboard.press("Escape")
    expect(page.locator("#message-3")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#content")).to_be_focused()


def test_a_quote_follows_changes_of_its_original_and_links_to_it(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "quotes")
    message_post(by=place.bob, room=place.room, content="who *comes*?")
    message_post(by=place.alice, room=place.room, content="I do", reply_to=1)
    read_all(place.room)
    page = place.visit(browser, "bob")
    expect(page.locator("#here")).to_have_text("1 here")
    quote = page.locator(".message-quote-text")
    expect(quote).to_have_text("who comes?")
    expect(page.locator("#message-2")).to_have_class(re.compile("message-mention"))
    message_edit(by=place.bob, room=place.room, seq=1, content="who **came**?")
    expect(quote).to_have_text("who came?")
    page.locator(".message-quote").click()
    expect(page.locator("#message-1")).to_be_focused()
    message_delete(by=place.bob, room=place.room, seq=1)
    expect(quote).to_have_text("This message was deleted.")


def test_deleted_text_disappears_from_everything_that_repeats_it(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "gone")
    message_post(by=place.bob, room=place.room, content="code *4711*")
    messages_post([NewMessage(place.room.pk, place.bob, f"line {number}") for number in range(2, 60)])
    message_post(by=place.bob, room=place.room, content="as I said", reply_to=1)
    message_post(by=place.alice, room=place.room, content="my 4711")
    message_edit(by=place.alice, room=place.room, seq=61, content="my code 4711")
    read_all(place.room)
    page = place.context(browser, "alice").new_page()
    page.goto(f"{place.room.get_absolute_url()}?message=1")
    expect(page.locator("#here")).to_have_text("1 here")
    page.locator("#message-1").hover()
    page.get_by_role("button", name="Reply", exact=True).click()
    page.goto(place.room.get_absolute_url())
    quote, bar = page.locator("#message-60 .message-quote-text"), page.locator(".composer-reply-excerpt")
    for said in (quote, bar):
        expect(said).to_have_text("code 4711")
    assert page.locator("#message-1").count() == 0
    message_edit(by=place.bob, room=place.room, seq=1, content="code *4712*")
    for said in (quote, bar):
        expect(said).to_have_text("code 4712")
    message_delete(by=place.bob, room=place.room, seq=1)
    for said in (quote, bar):
        expect(said).to_have_text("This message was deleted.")
    assert "471" not in page.evaluate("document.body.innerHTML + JSON.stringify(localStorage)").replace(
        "my code 4711", ""
    )

    choose(page, 61, "Edit history")
    expect(page.locator(".revision-content")).to_have_count(2)
    page.locator("#revisions").get_by_role("button", name="Close").click()
    expect(page.locator(".revision-content")).to_have_count(0)
    page.locator("#message-61").hover()
    page.locator("#message-tools [data-do=edit]").click()
    expect(page.locator("#content")).to_have_value("my code 4711")
    other = page.context.new_page()
    other.goto(place.room.get_absolute_url())
    choose(other, 61, "Create task")
    expect(other.locator("#task-title")).to_have_value("my code 4711")
    message_delete(by=place.alice, room=place.room, seq=61)
    expect(other.locator("#make-task")).to_be_hidden()
    expect(page.locator("#content")).to_have_value("")
    expect(page.locator("#composer-hint")).to_have_text("The message you were editing was deleted.")
    everything = "document.body.innerHTML + JSON.stringify(localStorage)"
    assert "4711" not in page.evaluate(everything) + other.evaluate(everything)


def test_the_tab_with_the_edit_says_that_its_message_was_deleted_though_another_tab_was_first(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "first")
    message_post(by=place.alice, room=place.room, content="mine")
    page = place.visit(browser, "alice")
    expect(page.locator("#here")).to_have_text("1 here")
    page.locator("#content").press("ArrowUp")
    expect(page.locator(".composer-editing")).to_be_visible()
    other = page.context.new_page()
    other.goto("/accounts/profile/")
    other.evaluate(
        "for (const key of Object.keys(localStorage)) if (key.includes(':edit:')) localStorage.removeItem(key)"
    )
    expect(page.locator(".composer-editing")).to_be_hidden()
    message_delete(by=place.alice, room=place.room, seq=1)
    expect(page.locator("#composer-hint")).to_have_text("The message you were editing was deleted.")


def test_copying_tasks_and_edit_history(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "deeds")
    profile_update(user=place.bob, display_name="Bob Hill")
    message_post(by=place.bob, room=place.room, content="water **the** plants")
    message_edit(by=place.bob, room=place.room, seq=1, content="water *all* the plants")
    read_all(place.room)
    page = place.visit(browser, "alice", permissions=["clipboard-read", "clipboard-write"])
    choose(page, 1, "Copy link")
    expect(page.locator("#said")).to_have_text("Link copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{site.url}/rooms/deeds/?message=1"
    choose(page, 1, "Copy text")
    expect(page.locator("#said")).to_have_text("Text copied")
    assert page.evaluate("navigator.clipboard.readText()") == "water all the plants"
    choose(page, 1, "Create task")
    expect(page.get_by_label("Task", exact=True)).to_have_value("water all the plants")
    page.get_by_label("Assignee").fill("nobody-of-that-name")
    page.get_by_role("button", name="Create task").click()
    expect(page.locator("#task-complaint")).to_have_text("User not found.")
    page.get_by_label("Assignee").fill("Bob Hill")
    page.get_by_role("button", name="Create task").click()
    expect(page.locator("#said")).to_have_text("Task created. View")
    task = Task.objects.get(room=place.room)
    assert (task.title, task.assignee, task.message) == ("water all the plants", place.bob, place.room.messages.get())
    choose(page, 1, "Edit history")
    expect(page.locator(".revision-content")).to_have_text(["water **the** plants", "water all the plants"])
    page.locator("#revisions").get_by_role("button", name="Close").click()
    page = place.visit(browser, "bob")
    page.locator("#message-1").hover()
    page.get_by_role("button", name="More about this message").click()
    expect(page.get_by_role("menuitem", name="Edit history")).to_have_count(0)


def read_marker(place: Place) -> int:
    """Alice's read marker."""
    return Membership.objects.get(room=place.room, user=place.alice).read_seq


def wait_for_read_marker(page: Page, place: Place, seq: int) -> None:
    """Wait until the read marker is exactly there."""
    for _ in range(200):
        if read_marker(place) >= seq:
            break
        page.wait_for_timeout(100)
    assert read_marker(place) == seq


@pytest.mark.parametrize("width", [1280, 360])
def test_unread_messages_start_at_a_line_and_are_read_by_being_seen(
    site: RunningServer, browser: Browser, width: int
) -> None:
    place = make_place(site, f"unread-{width}")
    messages_post([NewMessage(place.room.pk, place.bob, f"line {number}") for number in range(1, 201)])
    place.room.memberships.update(read_seq=100)
    page = place.visit(browser, "alice", width, path="/ping")
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda data: sent.append(str(data))))
    page.goto(place.room.get_absolute_url())
    expect(page.locator("#message-101 .message-new")).to_be_in_viewport()
    expect(page.locator("#message-200")).to_have_count(0)
    expect(page.locator("#newer")).to_have_text("100 new messages")
    began = time.monotonic()
    for _ in range(15):
        page.evaluate(f"{SCROLLER}.scrollBy(0, 40)")
        page.wait_for_timeout(100)
    seconds = time.monotonic() - began
    marked = [frame["seq"] for frame in map(json.loads, sent) if frame["action"] == "markRead"]
    assert 1 <= len(marked) <= seconds + 2  # at most once a second
    assert 101 < marked[0] < 150
    page.locator("#newer").click()
    expect(body(page, "line 200")).to_be_in_viewport()
    wait_for_read_marker(page, place, 200)


def test_messages_read_on_another_device_are_not_new_here(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "later")
    message_post(by=place.bob, room=place.room, content="first")
    read_all(place.room)
    context, held = place.context(browser, "alice"), []

    def open_socket(route: WebSocketRoute) -> None:
        def pass_on(text: str | bytes) -> None:
            frame = json.loads(text)
            if frame["type"] == "messages" and frame["version"] > 1:
                held.append(text)
            else:
                route.send(text)
            if frame["type"] == "read":
                while held:
                    route.send(held.pop())

        server = route.connect_to_server()
        route.on_message(server.send)
        server.on_message(pass_on)

    context.route_web_socket(re.compile("/ws/"), open_socket)
    one, other = context.new_page(), place.visit(browser, "alice")
    one.goto(place.room.get_absolute_url())
    for page in (one, other):
        expect(page.locator("#here")).to_have_text("1 here")
    one.evaluate("Object.defineProperty(document, 'hasFocus', {value: () => false})")
    message_post(by=place.bob, room=place.room, content="second")
    expect(body(one, "second")).to_have_count(1)
    assert read_marker(place) == 2
    expect(one.locator(".message-new")).to_have_count(0)


def test_the_line_is_above_others_messages_and_read_messages_are_marked_on_leaving(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "line")
    messages_post([NewMessage(place.room.pk, place.bob, f"bob {number}") for number in (1, 2)])
    messages_post([NewMessage(place.room.pk, place.alice, f"alice {number}") for number in range(3, 63)])
    messages_post([NewMessage(place.room.pk, place.bob, f"bob {number}") for number in (63, 64, 65)])
    for seq in (2, 63):
        message_delete(by=place.alice, room=place.room, seq=seq)
    place.room.memberships.update(read_seq=1)
    plain = place.visit(browser, "alice", java_script_enabled=False)
    expect(plain.locator("#message-64 .message-new")).to_be_visible()
    page = place.visit(browser, "alice")
    page.evaluate("Object.defineProperty(document, 'hasFocus', {value: () => false, configurable: true})")
    expect(page.locator("#here")).to_have_text("1 here")
    expect(page.locator("#message-64 .message-new")).to_be_visible()
    message_delete(by=place.bob, room=place.room, seq=64)
    expect(page.locator("#message-65 .message-new")).to_be_visible()
    message_delete(by=place.bob, room=place.room, seq=65)
    expect(page.locator(".message-new")).to_have_count(0)
    message_post(by=place.alice, room=place.room, content="from elsewhere")
    message_post(by=place.bob, room=place.room, content="an answer")
    expect(page.locator("#message-67 .message-new")).to_be_visible()
    page.evaluate("delete document.hasFocus; window.dispatchEvent(new Event('focus'))")
    wait_for_read_marker(page, place, 67)
    message_post(by=place.bob, room=place.room, content="read, and gone")
    expect(body(page, "read, and gone")).to_be_in_viewport()
    page.goto("/ping")  # before it would be marked as read
    wait_for_read_marker(page, place, 68)


def test_unread_messages_are_the_same_on_every_device(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "devices")
    messages_post([NewMessage(place.room.pk, place.bob, f"line {number}") for number in range(1, 21)])
    read_all(place.room)
    one, other = place.visit(browser, "alice"), place.visit(browser, "alice", width=360)
    for page in (one, other):
        expect(page.locator("#here")).to_have_text("1 here")
        expect(page.locator(".message-new")).to_have_count(0)
    choose(one, 15, "Mark unread from here")
    for page in (one, other):
        expect(page.locator("#message-15 .message-new")).to_be_visible()
    one.evaluate(f"{SCROLLER}.scrollBy(0, -20)")
    one.evaluate("dispatchEvent(new Event('focus')), document.dispatchEvent(new Event('visibilitychange'))")
    one.wait_for_timeout(1200)
    assert read_marker(place) == 14  # although it is visible
    say(other, "all seen")
    expect(one.locator(".message-new")).to_have_count(0)
    wait_for_read_marker(one, place, 21)
    one.context.close()
    other.evaluate("Object.defineProperty(document, 'hasFocus', {value: () => false, configurable: true})")
    message_post(by=place.bob, room=place.room, content="while away")
    expect(other.locator("#message-22 .message-new")).to_be_visible()
    other.wait_for_timeout(1200)
    assert read_marker(place) == 21
    other.evaluate("delete document.hasFocus; window.dispatchEvent(new Event('focus'))")
    wait_for_read_marker(other, place, 22)
