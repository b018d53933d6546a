"""The composer in a real browser: completion, replies, edits, drafts."""

import json
import re

import pytest
from playwright.sync_api import Browser, Route, expect

from rooms.models import Message
from rooms.services.accounts import account_create
from rooms.services.members import member_join
from rooms.services.messages import message_delete, message_edit
from rooms.services.posting import NewMessage, message_post, messages_post
from rooms.services.rooms import room_create
from rooms.tests.support.browsing import PASSWORD, Line, body, make_place, read_all, say
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
QUOTE = {"seq": 1, "user_name": "bob", "display_name": "Bob", "excerpt": "Who is in?"}


@pytest.mark.parametrize("width", [360, 1280])
def test_names_and_emoji_are_completed_by_keyboard(site: RunningServer, browser: Browser, width: int) -> None:
    place = make_place(site, f"words-{width}")
    carol = account_create(username=f"carol-{width}", password=PASSWORD, display_name="Çarol Ötker")
    member_join(user=carol, room=place.room)
    page = place.visit(browser, "alice", width)
    box, options = page.locator("#content"), page.get_by_role("option")
    box.press_sequentially("hi @")
    expect(options).to_have_text([re.compile(r"B\s*bob@bob"), re.compile(rf"ÇÖ\s*Çarol Ötker@carol-{width}")])
    expect(page.locator("[role=option][aria-selected=true]")).to_have_count(0)
    box.press("ArrowUp")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "completion-1")
    box.press("Escape")
    expect(options).to_have_count(0)
    box.press_sequentially("o")
    expect(options).to_have_count(0)  # Escape closes the list for this word
    box.fill("hi ")
    box.press_sequentially("@otk")
    expect(options.first).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    expect(box).to_have_value(f"hi @carol-{width} ")
    box.press_sequentially(" :tad")  # the typed space replaces the inserted one
    expect(options.first).to_have_text("🎉:tada:")
    box.press("Tab")
    expect(box).to_have_value(f"hi @carol-{width} 🎉 ")
    box.press_sequentially("10:30 @bo")
    options.first.click()
    box.press("Enter")
    expect(page.locator(".message-own")).to_contain_text("10:30 @bob")
    expect(box).to_be_focused()
    box.fill("see  you")
    for _ in "you ":
        box.press("ArrowLeft")
    box.press_sequentially("@bo")
    box.press("Tab")
    box.press_sequentially(" and ")
    expect(box).to_have_value("see @bob and you")
    box.fill("")
    page.evaluate(
        """name => {
            document.querySelector(`.member[data-user="${name}"]`).remove(); // as if beyond those the page lists
            document.getElementById("members").dataset.more = "";
        }""",
        carol.username,
    )
    box.press_sequentially("@carol-")
    expect(options).to_have_text([re.compile(rf"ÇÖ\s*Çarol Ötker@carol-{width}")])


def test_nothing_is_completed_in_code_smileys_and_times_and_enter_sends(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "plain-words")
    page = place.visit(browser, "alice")
    box, options = page.locator("#content"), page.get_by_role("option")
    sent = ["at :30", "lol :DD", "hm :oo", "a 3 :10", "5 :pm", "ok :)", "std::ve", "mail bob@bo", "https://x.org/@bo"]
    for text in (sent := [*sent, "`x`\n:symbol", "see @bob", "`a @bo`", "~:ok", "@"]):
        for number, line in enumerate(text.split("\n")):
            if number:
                box.press("Shift+Enter")
            box.press_sequentially(line)
        if text.endswith(":symbol"):
            expect(options.first).to_have_text("🔣:symbols:")  # offered, but not selected
        box.press("Enter")
        expect(box).to_have_value("")
    expect(page.locator(".message-own:not(.message-pending)")).to_have_count(len(sent))
    assert list(place.room.messages.order_by("seq").values_list("content", flat=True)) == sent

    for text in ("`git log @bo", "``a ` @bo", "```\n@bo", "~~~ py\n```\n:smi", "    :fire", "a\n\n\t@bo"):
        box.fill(text[:-1])
        box.press_sequentially(text[-1])
        expect(options).to_have_count(0)
    for text in (
        "你好@bo",
        "（@bo",
        "＠bo",
        "/@bo",
        ",@bo",
        "👍@bo",
        "`a` @bo",
        "```\nx\n```\n@bo",
        "a\n    @bo",
        "“:smi",
    ):
        box.fill(text[:-1])
        box.press_sequentially(text[-1])
        expect(options.first).to_be_visible()


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


def test_mentions_of_non_members_are_pointed_out(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "not-here")
    room = room_create(by=place.alice, name="closet", title="Closet", kind="private")
    page = place.visit(browser, "alice", path=room.get_absolute_url())
    expect(page.locator("#here")).to_have_text("1 here")
    box, line = page.locator("#content"), page.locator(".composer-outsiders")
    box.fill("look, @bob and @nobody-at-all and `@bob`")
    expect(line).to_have_text("@bob is not in this room and won't see this.")
    box.fill("look, @alice")
    expect(line).to_be_hidden()


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
