"""Completing names and emoji in the composer, in a real browser."""

import re

import pytest
from playwright.sync_api import Browser, expect

from rooms.services.accounts import account_create
from rooms.services.members import member_join
from rooms.services.rooms import room_create
from rooms.tests.support.browsing import PASSWORD, make_place
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [360, 1280])
def test_names_and_emoji_are_completed_by_keyboard(site: RunningServer, browser: Browser, width: int) -> None:
    place = make_place(site, f"words-{width}")
    carol = account_create(username=f"carol-{width}", password=PASSWORD, display_name="Çarol Ötker")
    member_join(user=carol, room=place.room)
    page = place.visit(browser, "alice", width)
    box, options = page.locator("#content"), page.get_by_role("option")
    box.press_sequentially("hi @")
    people = [re.compile(r"B\s*bob@bob"), re.compile(rf"ÇÖ\s*Çarol Ötker@carol-{width}")]
    expect(options).to_have_text([*people, re.compile("@room"), re.compile("@here")])
    expect(page.locator("[role=option][aria-selected=true]")).to_have_count(0)
    for _ in range(3):
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
