"""The box one writes in, in a real browser: completing, answering, drafts."""

import json
import re

import pytest
from playwright.sync_api import Browser, Route, expect

from rooms import services
from rooms.models import Message
from rooms.tests.browsing import PASSWORD, Line, body, make_place, say
from rooms.tests.servers import RunningServer

pytestmark = pytest.mark.browser
STORAGE_FULL = """async () => {
    const storage = await import(document.querySelector("link[href*='js/storage']").href);
    const { setItem } = Storage.prototype;
    storage.write("key", "old");
    Storage.prototype.setItem = () => { throw new DOMException("", "QuotaExceededError") };
    storage.write("key", "new");
    const whileFull = storage.read("key");
    Storage.prototype.setItem = setItem;
    storage.write("key", "last");
    return [whileFull, storage.read("key"), localStorage.getItem("key")];
}"""
QUOTE = {"seq": 1, "user_name": "bob", "display_name": "Bob", "excerpt": "Who is in?"}


@pytest.mark.parametrize("width", [360, 1280])
def test_names_and_emoji_are_completed_by_keyboard(site: RunningServer, browser: Browser, width: int) -> None:
    place = make_place(site, f"words-{width}")
    carol = services.account_create(username=f"carol-{width}", password=PASSWORD, display_name="Çarol Ötker")
    services.member_join(user=carol, room=place.room)
    page = place.visit(browser, "alice", width)
    box, options = page.locator("#content"), page.get_by_role("option")
    box.press_sequentially("hi @")
    expect(options).to_have_text(["Bbob@bob", f"ÇÖÇarol Ötker@carol-{width}"])
    expect(box).to_have_attribute("aria-activedescendant", "completion-0")
    box.press("ArrowUp")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    box.press("Escape")
    expect(options).to_have_count(0)
    box.press_sequentially("o")
    expect(options).to_have_count(0)  # declined is declined, for this word
    box.fill("hi ")
    box.press_sequentially("@otk")
    box.press("Tab")
    expect(box).to_have_value(f"hi @carol-{width} ")
    box.press_sequentially(":tad")
    expect(options.first).to_have_text("🎉:tada:")
    box.press("Enter")
    expect(box).to_have_value(f"hi @carol-{width} 🎉 ")
    box.press_sequentially(":joy:, 10:30 :D")
    expect(box).to_have_value(f"hi @carol-{width} 🎉 😂 , 10:30 :D")
    box.press_sequentially(" @bo")
    options.first.click()
    box.press("Enter")
    expect(page.locator(".message-own")).to_contain_text("10:30 :D @bob")
    expect(box).to_be_focused()
    page.evaluate(
        """name => {
            document.querySelector(`.member[data-user="${name}"]`).remove(); // as if beyond those the page lists
            document.getElementById("members").dataset.more = "";
        }""",
        carol.username,
    )
    box.press_sequentially("@carol-")
    expect(options).to_have_text([f"ÇÖÇarol Ötker@carol-{width}"])


def test_what_one_answers_and_what_one_changes_survives_a_reload(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "answers")
    services.message_post(by=place.bob, room=place.room, content="Who is in?")
    page = place.visit(browser, "alice")
    bar, editing, box = page.locator(".composer-reply"), page.locator(".composer-editing"), page.locator("#content")
    draft = json.dumps({"content": "", "reply": QUOTE})
    page.evaluate("draft => localStorage.setItem('parlor:draft:alice:answers', draft)", draft)
    page.reload()
    expect(bar).to_contain_text("Replying to bob: Who is in?")
    assert "Who is in?" not in page.evaluate("JSON.stringify(localStorage)")
    box.press_sequentially("I a")
    page.reload()
    box.press_sequentially("m.")
    expect(box).to_have_value("I am.")
    box.press("Enter")
    expect(page.locator(".message-own:not(.message-pending)")).to_have_count(1)
    expect(bar).to_be_hidden()
    assert Message.objects.get(room=place.room, content="I am.").reply_to_seq == 1

    box.press("ArrowUp")
    box.fill("I am, I th")
    page.reload()
    expect(editing).to_be_visible()
    say(page, "I am, I think.")
    expect(body(page, "I am, I think.")).to_have_count(1)
    expect(editing).to_be_hidden()
    box.press("ArrowUp")
    box.fill("No")
    box.press("Escape")
    expect(box).to_have_value("")
    expect(editing).to_be_hidden()
    page.reload()
    expect(editing).to_be_hidden()


def test_escape_leaves_a_reply_but_keeps_its_words(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "leaving")
    page = place.visit(browser, "alice")
    draft = json.dumps({"content": "well,", "reply": QUOTE})
    page.evaluate("draft => localStorage.setItem('parlor:draft:alice:leaving', draft)", draft)
    page.reload()
    page.press("#content", "Escape")
    expect(page.locator(".composer-reply")).to_be_hidden()
    page.press("#content", "Enter")
    expect(page.locator(".message-own:not(.message-pending)")).to_have_count(1)
    assert Message.objects.get(room=place.room).reply_to_seq is None


def test_one_sees_who_is_writing_until_they_have_written_or_stop(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "typing")
    people = [services.account_create(username=name, password=PASSWORD) for name in ("ivan", "judy", "mia")]
    for user in people:
        services.member_join(user=user, room=place.room)
    alice = place.visit(browser, "alice", width=360)
    bob, ivan, judy, mia = (place.visit(browser, name) for name in ("bob", "ivan", "judy", "mia"))
    line, log = alice.locator("#typing"), alice.locator("#scroller")
    expect(alice.locator("#here")).to_have_text("5 here")
    before = log.bounding_box()
    bob.locator("#content").press_sequentially("  ")
    ivan.locator("#content").press_sequentially("well")
    expect(line).to_have_text("ivan is writing")
    assert log.bounding_box() == before
    bob.locator("#content").press_sequentially("so")
    expect(line).to_have_text("ivan and bob are writing")
    judy.locator("#content").press_sequentially("x")
    expect(line).to_have_text("ivan, bob and judy are writing")
    ivan.locator("#content").press_sequentially("!")
    mia.locator("#content").press_sequentially("x")
    expect(line).to_have_text("ivan, bob and 2 others are writing")
    ivan.press("#content", "Enter")
    expect(line).to_have_text("bob, judy and mia are writing")
    expect(line).to_have_text("")
    expect(bob.locator("#typing")).to_have_text("")  # oneself is not told
    assert log.bounding_box() == before


def test_who_has_just_sent_it_is_not_shown_as_writing_though_word_of_that_comes_later(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "late-word")
    context = place.context(browser, "alice")
    sockets = Line(context)
    alice = context.new_page()
    alice.goto(place.room.get_absolute_url())
    expect(alice.locator("#here")).to_have_text("1 here")
    said = services.message_post(by=place.bob, room=place.room, content="quick").message
    expect(body(alice, "quick")).to_have_count(1)
    for name, version in (("bob", said.version - 1), ("carol", said.version - 1), ("bob", said.version)):
        person = {"user_name": name, "display_name": name.title(), "avatar": None, "version": version}
        frame = {"type": "typing", "room_name": place.room.name, "people": [person]}
        sockets.sockets[0].send(json.dumps(frame))
        if version < said.version:
            expect(alice.locator("#typing")).to_have_text("Carol is writing" if name == "carol" else "")
    expect(alice.locator("#typing")).to_have_text("Carol and Bob are writing")


def test_the_box_is_ready_for_keys_and_input_methods_and_leaves_touch_alone(
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
    assert box.evaluate(f"box => box.dispatchEvent({composing})")  # left to the input method
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
    box.press_sequentially("one\ntwo")
    expect(box).to_have_value("one\ntwo")
    phone.get_by_role("button", name="Send").tap()
    expect(phone.locator(".message-own:not(.message-pending)")).to_have_count(1)


def test_what_is_typed_before_the_script_is_there_or_with_no_room_to_keep_it_stays(
    site: RunningServer, browser: Browser
) -> None:
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
