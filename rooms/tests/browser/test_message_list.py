"""The message list in a real browser: how messages look, and which are in the page."""

import itertools
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route, WebSocketRoute, expect

from rooms.models import Message, Room, User
from rooms.services.messages import message_delete, message_edit
from rooms.services.posting import NewMessage, Posted, message_post, messages_post
from rooms.services.reactions import reaction_add, reaction_remove
from rooms.services.rooms import room_update
from rooms.tests.support.browsing import Place, body, make_place, read_all, say
from rooms.tests.support.files import film, post_files, sound
from rooms.tests.support.images import GREEN, RED, image
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser
SCROLLER = "document.getElementById('scroller')"
MEGABYTE = 1024 * 1024
# Without what is the reader's moment, not the message's: the buttons at it, the line above what is new, times, whether
# pictures are loaded; and without the indentation of the templates, which is around what only the server writes, too.
ELEMENTS = r"""all => all.map(each => {
    const copy = each.cloneNode(true);
    copy.querySelectorAll("#message-tools, .message-new").forEach(part => part.remove());
    copy.querySelectorAll(".picture-loaded").forEach(part => part.classList.remove("picture-loaded"));
    copy.querySelectorAll("time").forEach(part => part.replaceWith("time"));
    const texts = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
    while (texts.nextNode())
        if (!texts.currentNode.parentElement.closest(".message-body"))
            texts.currentNode.data = texts.currentNode.data.replace(/\s*\n\s*/g, "");
    copy.classList.remove("message-found");
    copy.className = [...copy.classList].sort().join(" ");
    const attributes = copy.getAttributeNames().sort();
    return [attributes.map(name => `${name}=${copy.getAttribute(name)}`).join(" "), copy.innerHTML];
})"""


def post_lines(room: Room, author: User, count: int, word: str = "line") -> None:
    """Post this many messages at once."""
    new = [NewMessage(room.pk, author, f"{word} {number}") for number in range(1, count + 1)]
    assert all(isinstance(result, Posted) for result in messages_post(new))


def seqs(page: Page) -> list[int]:
    """The seqs of the messages in the page."""
    found: list[int] = page.eval_on_selector_all(
        ".message[data-seq]", "all => all.map(each => Number(each.dataset.seq))"
    )
    return found


def assert_window(page: Page) -> None:
    """Check that there are no gaps and not too many messages."""
    there = seqs(page)
    assert there == list(range(there[0], there[-1] + 1))
    assert len(there) <= 300


def post_all_kinds(place: Place) -> int:
    """Post messages of every kind; returns their number."""
    room, alice, bob = place.room, place.alice, place.bob

    def post(by: User, content: str, **fields: Any) -> Message:
        return message_post(by=by, room=room, content=content, **fields).message

    first = post(alice, "one *line* & <b>no</b> tag")
    post(alice, "and another, grouped")
    mine = post(bob, "bob's own")
    post(alice, "an answer to bob", reply_to=mine.seq)
    messages_post([NewMessage(room.pk, None, "from outside", guest_name="Visitor")])
    gone = post(alice, "to be deleted")
    post(bob, "an answer to what goes", reply_to=gone.seq)
    message_delete(by=alice, room=room, seq=gone.seq)
    changed = post(alice, "to be changed")
    post(bob, "an answer to what changes", reply_to=changed.seq)
    message_edit(by=alice, room=room, seq=changed.seq, content="changed\n\n" + "long " * 60)
    post(alice, "hello @bob and @alice, `@bob` in code")
    post(alice, "🎉👍")
    post(alice, "![a picture](https://example.com/cat.png) and [a link](https://example.com/?a=1&b=2 'title \"x\"')")
    post(
        bob,
        "x" * 300
        + "\n\n```python\ny = 1\n```\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n- [x] done\n- [ ] open\n\n> q\n> r",
    )
    post(alice, "שלום עולם, מה שלומכם")
    animation = image(RED, GREEN, form="GIF", duration=100)
    files = [('a & "b".png', image(size=(1000, 333))), ("dance.gif", animation), ("voice.wav", sound())]
    post_files(place.server, alice, room, *files, ("film.mp4", film()), ("page.html", b"<p>"), ("none", b"\0" * 2500))
    only = post_files(place.server, alice, room, ("only.jpg", image(form="JPEG")))
    post(bob, "an answer to a picture", reply_to=only.seq)
    post(alice, "/rooms/kinds/?message=1 'quotes' \"double\" &amp; &lt;")
    for by, emoji in ((alice, "👍"), (bob, "👍"), (alice, "🎉"), (bob, "❤️")):
        reaction_add(by=by, room=room, seq=first.seq, emoji=emoji)
    reaction_add(by=alice, room=room, seq=mine.seq, emoji="👀")
    reaction_remove(by=alice, room=room, seq=first.seq, emoji="🎉")
    room.refresh_from_db()
    return room.last_seq


def test_a_message_is_the_same_element_by_page_or_by_socket(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "kinds")
    User.objects.filter(pk=place.alice.pk).update(display_name="אליס בארץ")
    User.objects.filter(pk=place.bob.pk).update(picture_digest="0" * 32)
    place.alice.refresh_from_db()
    place.bob.refresh_from_db()
    room_update(by=place.alice, room=place.room, guests="write")
    page = place.visit(browser, "bob")
    expect(page.locator("#here")).to_have_text("1 here")
    count = post_all_kinds(place)
    expect(page.locator(f"#message-{count} .message-body")).to_contain_text("quotes")
    expect(page.locator("#message-1 .reaction")).to_have_count(2)
    live = page.eval_on_selector_all(".message", ELEMENTS)
    assert len(live) == count
    read_all(place.room)  # the line above new messages would start a group
    page.reload()
    with_the_page = page.eval_on_selector_all(".message", ELEMENTS)
    assert with_the_page == live
    post_lines(place.room, place.bob, 60)
    read_all(place.room)
    page.reload()
    page.evaluate(f"{SCROLLER}.scrollTop = -1e6")
    expect(page.locator("#message-1")).to_have_count(1)
    assert page.eval_on_selector_all(".message", ELEMENTS)[:count] == live
    assert page.locator("#message-1 .reaction").first.get_attribute("title") == "אליס בארץ, you"
    expect(page.locator("#message-4")).to_have_class(re.compile("message-mention"))
    expect(page.locator("#message-10 .mention-me")).to_have_count(1)
    expect(page.locator("#message-11 .emoji-only")).to_have_count(1)


def test_the_header_repeats_after_ten_messages_and_below_the_new_line(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "heads")
    post_lines(place.room, place.alice, 26)
    place.room.memberships.update(read_seq=4)
    heads = "all => all.map(each => Number(each.dataset.seq))"
    plain = place.visit(browser, "bob", java_script_enabled=False)
    page = place.visit(browser, "bob")
    for each in (plain, page):
        expect(each.locator("#message-26")).to_be_visible()
        assert each.eval_on_selector_all(".message:not(.message-grouped)", heads) == [1, 5, 15, 25]
    post_lines(place.room, place.alice, 20, "live")
    expect(page.locator("#message-46")).to_be_visible()
    assert page.eval_on_selector_all(".message:not(.message-grouped)", heads) == [1, 5, 15, 25, 35, 45]
    page.locator("#message-8").focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="unread").press("Enter")
    expect(page.locator("#message-8 .message-new")).to_be_visible()
    found = page.eval_on_selector_all(".message:not(.message-grouped)", heads)
    assert found[:3] == [1, 8, 15]  # existing headers stay
    assert max(below - above for above, below in itertools.pairwise(found)) <= 10


def test_days_and_headers_are_the_same_by_page_and_by_scrolling(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "days")
    post_lines(place.room, place.alice, 40)
    post_lines(place.room, place.bob, 60)
    read_all(place.room)
    noon = timezone.now().replace(hour=12) - timedelta(days=9)
    steps = itertools.accumulate(timedelta(minutes=(1, 4, 6, 300)[number % 4]) for number in range(100))
    for seq, step in enumerate(steps, start=1):
        Message.objects.filter(room=place.room, seq=seq).update(created_at=noon + step)
    page = place.visit(browser, "bob", path="/rooms/days/?message=1")
    expect(page.locator("#message-1")).to_be_focused()
    with_the_page = page.eval_on_selector_all(".message", ELEMENTS)[:40]
    page.goto("/rooms/days/")
    page.evaluate(f"{SCROLLER}.scrollTop = -1e6")
    expect(page.locator("#message-1")).to_have_count(1)
    assert page.eval_on_selector_all(".message", ELEMENTS)[:40] == with_the_page
    expect(page.locator(".message-day:visible")).to_have_count(6)
    expect(page.locator("#message-2")).to_have_class(re.compile("message-grouped"))
    expect(page.locator("#message-3")).not_to_have_class(re.compile("message-grouped"))
    page.locator("#message-98 .message-time").hover()  # the user's own message, without a header
    page.locator("#message-2 .message-time").hover()  # and another user's
    times = page.locator(".message-time").all_text_contents()
    assert all(re.fullmatch(r"[1-9]\d?:\d\d\s[AP]M", time) for time in times), times
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=401, body="{}")

    page.route("**/api/rooms/days/messages/*", refuse)
    page.goto("/rooms/days/")
    expect(page.locator("#here")).to_have_text("1 here")
    for top in (-1e6, -1e5, -1e6, -1e5):
        page.evaluate(f"{SCROLLER}.scrollTop = {top}")
        page.wait_for_timeout(50)
    assert len(asked) <= 2  # once per connection, not on each move


def test_the_reading_position_stays_when_too_much_was_missed_to_resume(place: Place, browser: Browser) -> None:
    post_lines(place.room, place.bob, 300)
    read_all(place.room)
    page = place.visit(browser, "alice", path="/rooms/hall/?message=100")
    expect(page.locator("#here")).to_have_text("1 here")
    place.server.kill9()
    post_lines(place.room, place.bob, 600, "missed")
    with page.expect_request(re.compile("around="), timeout=20_000):
        place.server.start()
    expect(page.locator("#message-100")).to_be_in_viewport()
    assert_window(page)
    page.locator("#newer").click()
    expect(body(page, "missed 600")).to_be_in_viewport()


@pytest.mark.parametrize("width", [1280, 360])
def test_the_window_of_messages_follows_the_reader(site: RunningServer, browser: Browser, width: int) -> None:
    place = make_place(site, f"window-{width}")
    post_lines(place.room, place.bob, 520)
    read_all(place.room)
    page = place.visit(browser, "alice", width)
    expect(body(page, "line 520")).to_be_in_viewport()
    oldest = seqs(page)[0]
    while oldest > 1:
        page.evaluate(f"{SCROLLER}.scrollTop = -1e6")
        expect(page.locator(f"#message-{max(oldest - 50, 1)}")).to_have_count(1)
        assert_window(page)
        oldest = seqs(page)[0]
    expect(page.locator("#log-start")).to_be_visible()
    assert seqs(page)[-1] < 520
    post_lines(place.room, place.bob, 2, "news")
    expect(page.locator("#newer")).to_have_text("2 new messages")
    assert seqs(page)[-1] < 520
    newest = seqs(page)[-1]
    middle = page.locator(f"#message-{newest - 9}")
    page.evaluate(f"{SCROLLER}.scrollTop = -300")
    before = middle.bounding_box()
    expect(page.locator(f"#message-{min(newest + 50, 522)}")).to_have_count(1)
    after = middle.bounding_box()
    assert before
    assert after
    assert abs(before["y"] - after["y"]) <= 1
    assert_window(page)
    page.evaluate(f"{SCROLLER}.scrollTop = -1e6")
    page.locator("#newer").click()
    expect(body(page, "news 2")).to_be_in_viewport()
    expect(page.locator("#newer")).to_be_hidden()
    post_lines(place.room, place.bob, 1, "at the bottom")
    expect(body(page, "at the bottom 1")).to_be_in_viewport()
    assert_window(page)


def test_a_link_leads_to_any_message(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "links")
    post_lines(place.room, place.bob, 300)
    message_post(by=place.bob, room=place.room, content="see /rooms/links/?message=20", reply_to=20)
    message_post(by=place.bob, room=place.room, content=f"[there]({site.url}/rooms/links/?message=200)")
    message_post(by=place.bob, room=place.room, content=f"[nowhere]({site.url}/rooms/links/?message=9999)")
    read_all(place.room)
    page = place.visit(browser, "alice", path="/rooms/links/?message=150")
    found = page.locator("#message-150")
    expect(found).to_be_focused()
    expect(found).to_have_class(re.compile("message-found"))
    box = found.bounding_box()
    assert box
    assert 250 < box["y"] < 500
    page.locator("#newer").click()
    page.evaluate("window.stayed = true")
    page.get_by_role("link", name="there", exact=True).click()
    expect(page.locator("#message-200")).to_be_focused()
    page.locator("#newer").click()
    page.locator(".message-quote").click()
    expect(page.locator("#message-20")).to_be_focused()
    expect(page.locator("#message-20")).to_be_in_viewport()
    page.locator("#newer").click()
    page.get_by_role("link", name="nowhere").click()
    expect(page.locator("#said")).to_have_text("There is no such message here.")
    assert page.evaluate("window.stayed") is True
    for seq in ("9999", "0", "x", "9" * 40):
        page.goto(f"/rooms/links/?message={seq}")
        expect(page.locator("#said")).to_have_text("There is no such message here.")
        expect(page.locator("#message-303")).to_be_in_viewport()


def test_five_thousand_live_messages_do_not_grow_the_page(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "flood")
    post_lines(place.room, place.bob, 300)
    read_all(place.room)
    page = place.visit(browser, "alice")
    devtools = page.context.new_cdp_session(page)
    devtools.send("HeapProfiler.enable")

    def measure(last: str) -> tuple[int, int]:
        expect(body(page, last)).to_be_in_viewport(timeout=20_000)
        devtools.send("HeapProfiler.collectGarbage")
        counters = devtools.send("Memory.getDOMCounters")
        return counters["nodes"], page.evaluate("performance.memory.usedJSHeapSize")

    expect(page.locator("#here")).to_have_text("1 here")
    post_lines(place.room, place.bob, 500, "before")
    nodes, heap = measure("before 500")
    for _ in range(9):
        post_lines(place.room, place.bob, 500, "more")
    post_lines(place.room, place.bob, 500, "last")
    nodes_after, heap_after = measure("last 500")
    assert nodes_after < nodes * 1.1
    assert heap_after < heap + MEGABYTE
    assert_window(page)


def test_a_message_is_announced_that_comes_after_a_newer_one_of_ones_own(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "overtaken")
    context = place.context(browser, "alice")
    held: list[str | bytes] = []

    def open_socket(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        route.on_message(server.send)

        def pass_on(frame: str | bytes) -> None:
            if "hello there" in str(frame):
                held.append(frame)
                return
            route.send(frame)
            if json.loads(frame)["type"] == "ack" and held:
                route.send(held.pop())

        server.on_message(pass_on)

    context.route_web_socket(re.compile("/ws/"), open_socket)
    page = context.new_page()
    page.goto(place.room.get_absolute_url())
    expect(page.locator("#here")).to_have_text("1 here")
    message_post(by=place.bob, room=place.room, content="hello there")
    while not held:
        page.wait_for_timeout(20)
    say(page, "mine")
    expect(page.locator("#announcer p")).to_have_text(["bob: hello there"])
    expect(page.locator(".message-body")).to_have_text(["hello there", "mine"])


def test_only_new_messages_are_announced(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "aloud")
    post_lines(place.room, place.bob, 120)
    read_all(place.room)
    page = place.visit(browser, "alice")
    expect(page.locator("#here")).to_have_text("1 here")
    page.evaluate(f"{SCROLLER}.scrollTop = -1e6")
    expect(body(page, "line 21")).to_have_count(1)
    message_edit(by=place.bob, room=place.room, seq=100, content="another content")
    reaction_add(by=place.bob, room=place.room, seq=100, emoji="👍")
    expect(page.locator("#message-100 .reaction")).to_have_count(1)
    say(page, "mine")
    hello = message_post(by=place.bob, room=place.room, content="**hello** there").message.seq
    expect(page.locator("#announcer p")).to_have_text(["bob: hello there"])
    post_lines(place.room, place.bob, 20, "many")
    expect(page.locator("#announcer p")).to_have_text(["bob: hello there", "20 new messages"])
    message_delete(by=place.bob, room=place.room, seq=hello)
    expect(page.locator("#announcer p")).to_have_text(["20 new messages"])
    assert page.locator("#log").get_attribute("aria-live") == "off"
