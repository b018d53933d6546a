"""The composer in a real browser: replies, edits, drafts."""

import json
import re

import pytest
from playwright.sync_api import Browser, expect

from rooms.models import Message
from rooms.services.messages import message_delete, message_edit
from rooms.services.posting import NewMessage, message_post, messages_post
from rooms.tests.support.browsing import Line, body, make_place, read_all, say
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser
QUOTE = {"seq": 1, "user_name": "bob", "display_name": "Bob", "excerpt": "Who is in?"}


def test_replies_and_edits_survive_a_reload(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "answers")
    message_post(by=place.bob, room=place.room, content="Who is in?")
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


def test_an_edit_saved_while_the_page_is_still_connecting_waits_for_the_connection(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "connecting")
    message_post(by=place.alice, room=place.room, content="I am.")
    context = place.context(browser, "alice")
    line = Line(context)
    line.hold()
    page = context.new_page()
    page.goto(place.room.get_absolute_url())
    page.locator("#content").press("ArrowUp")
    say(page, "I am, I think.")
    expect(page.locator(".message-saving")).to_have_count(1)
    line.release()
    expect(body(page, "I am, I think.")).to_have_count(1)
    expect(page.locator(".message-saving")).to_have_count(0)


def test_two_tabs_share_one_draft_without_overwriting_each_other(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "two-tabs")
    message_post(by=place.bob, room=place.room, content="Who is in?")
    read_all(place.room)
    context = place.context(browser, "alice")
    one, other, deaf = (context.new_page() for _ in range(3))
    deaf.add_init_script("addEventListener('storage', (event) => event.stopImmediatePropagation(), true)")
    for page in (one, other, deaf):
        page.goto(place.room.get_absolute_url())
    box, its = one.locator("#content"), other.locator("#content")
    box.press_sequentially("I a")
    expect(its).to_have_value("I a")
    its.press_sequentially("m")
    expect(box).to_have_value("I am")
    deaf.locator("#content").press_sequentially(
        ", too"
    )  # appended to the latest text, although this tab was not notified
    expect(box).to_have_value("I am, too")
    one.locator("#message-1").hover()
    one.get_by_role("button", name="Reply", exact=True).click()
    expect(other.locator(".composer-reply")).to_contain_text("Replying to bob: Who is in?")
    box.press("Enter")
    expect(its).to_have_value("")
    expect(other.locator(".composer-reply")).to_be_hidden()
    its.press_sequentially("next")
    deaf.locator("#content").press_sequentially("!")
    expect(box).to_have_value("next!")
    expect(deaf.locator("#content")).to_have_value("next!")
    box.fill("")
    other.reload()
    expect(its).to_have_value("")

    deaf.close()
    box.press("ArrowUp")
    expect(box).to_have_value("I am, too")
    expect(other.locator(".composer-editing")).to_be_hidden()  # each tab has its own edit
    its.press_sequentially("a thought")
    box.press("!")
    box.press("Enter")
    expect(box).to_have_value("a thought")
    expect(body(other, "I am, too!")).to_be_visible()
    expect(its).to_have_value("a thought")


SLOW = """(() => {
    const { send } = WebSocket.prototype;
    const waiting = [];
    WebSocket.prototype.send = function (frame) {
        if (window.slow && /"(send|edit)Message"/.test(frame)) waiting.push(() => send.call(this, frame));
        else send.call(this, frame);
    };
    window.letGo = () => { window.slow = false; waiting.splice(0).forEach((each) => each()); };
})()"""


def test_no_text_around_an_edit_is_lost(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "around-edits")
    for content in ("frist", "second"):
        message_post(by=place.alice, room=place.room, content=content)
    context = place.context(browser, "alice")
    context.add_init_script(SLOW)
    page = context.new_page()
    page.goto(place.room.get_absolute_url())
    expect(page.locator("#here")).to_have_text("1 here")
    box, unfinished = page.locator("#content"), page.locator(".composer-unfinished")

    def begin(seq: int) -> None:
        page.locator(f"#message-{seq}").hover()
        page.get_by_role("button", name="Edit", exact=True).click()

    box.fill("not sent yet")
    begin(1)
    page.evaluate("window.slow = true")
    say(page, "first")
    box.press_sequentially(", and more")
    expect(box).to_have_value("not sent yet, and more")
    page.evaluate("letGo()")
    expect(body(page, "first")).to_be_visible()
    expect(box).to_have_value("not sent yet, and more")
    expect(unfinished).to_be_hidden()

    begin(1)
    box.fill("first, at length")
    begin(2)
    expect(box).to_have_value("second")
    box.press("Escape")
    expect(box).to_have_value("not sent yet, and more")
    page.reload()
    expect(unfinished).to_contain_text("first, at length")
    page.get_by_role("button", name="Continue").click()
    expect(box).to_have_value("first, at length")

    message_edit(by=place.alice, room=place.room, seq=1, content="first, from my phone")
    expect(page.locator(".composer-theirs")).to_contain_text("first, from my phone")
    box.press("Enter")
    trouble = page.locator("#message-1 .message-trouble")
    expect(trouble).to_contain_text(re.compile("edited on another device.* first, at length"))
    assert Message.objects.get(room=place.room, seq=1).content == "first, from my phone"
    page.reload()
    trouble.get_by_role("button", name="Save anyway").click()
    expect(body(page, "first, at length")).to_be_visible()
    expect(trouble).to_be_hidden()
    expect(unfinished).to_be_hidden()

    begin(1)
    message_edit(by=place.alice, room=place.room, seq=1, content="first again")
    expect(box).to_have_value("first again")  # the user had not changed the text
    box.press_sequentially(", and again")
    message_delete(by=place.alice, room=place.room, seq=1)
    expect(box).to_have_value("not sent yet, and more\nfirst again, and again")
    expect(page.locator("#composer-hint")).to_contain_text("was deleted. Your text is kept")
    begin(2)
    message_delete(by=place.alice, room=place.room, seq=2)
    expect(page.locator("#composer-hint")).to_have_text("The message you were editing was deleted.")
    expect(box).to_have_value("not sent yet, and more\nfirst again, and again")


def test_up_edits_the_newest_own_message_anywhere_even_if_pending(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "last-words")
    for by, content in ((place.alice, "mine"), (place.alice, "gone"), (place.bob, "his")):
        message_post(by=by, room=place.room, content=content)
    message_delete(by=place.alice, room=place.room, seq=2)
    messages_post([NewMessage(place.room.pk, place.bob, f"line {number}") for number in range(80)])
    read_all(place.room)
    context = place.context(browser, "alice")
    context.add_init_script(SLOW)
    page = context.new_page()
    page.goto(place.room.get_absolute_url())
    expect(page.locator("#here")).to_have_text("1 here")
    box, editing = page.locator("#content"), page.locator(".composer-editing")
    expect(page.locator("#message-1")).to_have_count(0)
    box.press("ArrowUp")
    expect(box).to_have_value("mine")
    say(page, "mine, still")
    expect(editing).to_be_hidden()
    page.evaluate("window.slow = true")
    say(page, "on its way")
    box.press("ArrowUp")
    expect(box).to_have_value("on its way")
    box.press_sequentially("!")
    page.evaluate("letGo()")
    expect(page.locator(".message-pending")).to_have_count(0)
    expect(editing).to_be_visible()
    box.press("Enter")
    expect(body(page, "on its way!")).to_be_visible()
    page.evaluate("window.slow = true")
    say(page, "quick")
    box.press("ArrowUp")
    say(page, "quicker")
    expect(page.locator(".message-pending")).to_have_text(re.compile("quicker"))
    page.evaluate("letGo()")
    expect(page.locator(".message-pending")).to_have_count(0)
    expect(body(page, "quicker")).to_be_visible()
    contents = Message.objects.filter(room=place.room, author=place.alice).order_by("seq")
    assert list(contents.values_list("content", flat=True)) == ["mine, still", "", "on its way!", "quicker"]

    box.press("ArrowUp")
    expect(box).to_have_value("quicker")
    box.fill("")
    box.press("Enter")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(editing).to_be_hidden()
    expect(page.locator(".message-own").last.locator(".message-tombstone")).to_be_visible()
    page.goto(f"{place.room.get_absolute_url()}?message=20")
    expect(page.locator("#here")).to_have_text("1 here")
    box.press("ArrowUp")
    expect(box).to_have_value("on its way!")


def test_drafts_are_removed_on_sign_out_or_when_another_user_signs_in(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "leaving-it")
    context = place.context(browser, "alice")
    page, other = context.new_page(), context.new_page()
    kept = "JSON.stringify([localStorage, sessionStorage])"
    for each in (page, other):
        each.goto(place.room.get_absolute_url())
        expect(each.locator("#here")).to_have_text("1 here")
    page.evaluate("localStorage.setItem('parlor:draft:#999:leaving-it', JSON.stringify({content: 'theirs'}))")
    page.reload()
    page.locator("#content").fill("a secret")
    expect(other.locator("#content")).to_have_value("a secret")
    assert "theirs" not in page.evaluate(kept)
    page.locator(".sidebar-me summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/")
    other.wait_for_url("**/accounts/login/?next=**")
    assert page.evaluate(kept) == other.evaluate(kept) == "[{},{}]"


def test_escape_cancels_a_reply_but_keeps_its_text(site: RunningServer, browser: Browser) -> None:
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
