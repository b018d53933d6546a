"""The room in Arabic, whose lines run from right to left, and in German, whose words are long."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from rooms.models import Room, User
from rooms.services.direct_rooms import direct_room_open
from rooms.services.invitations import invitation_create
from rooms.services.members import member_join
from rooms.services.posting import message_post
from rooms.services.rooms import room_create
from rooms.tests.support.browsing import Place, body, make_place, read_all, say
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser
WIDE, NARROW = 1280, 320
LONG = "Planning of everything that comes after the summer of this year"


def visit(place: Place, browser: Browser, width: int, language: str = "ar") -> Page:
    """Open the room as alice, who owns it, in that language."""
    User.objects.filter(pk=place.alice.pk).update(language=language)
    return place.visit(browser, "alice", width, reduced_motion="reduce")


def within_window(page: Page, shown: Locator) -> bool:
    """Whether an element lies within the window's sides, and the page doesn't scroll sideways."""
    expect(shown).to_be_visible()
    box = shown.bounding_box()
    assert box is not None
    width = page.evaluate("document.documentElement.clientWidth")
    return box["x"] >= 0 and box["x"] + box["width"] <= width and fits(page)


def fits(page: Page) -> bool:
    """Whether nothing makes the page scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth === document.documentElement.clientWidth"))


def middle(shown: Locator) -> float:
    """The place of an element's middle, in px from the left."""
    box = shown.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_room_runs_from_right_to_left_and_its_menus_open_within_the_window(
    site: RunningServer, browser: Browser, width: int
) -> None:
    place = make_place(site, f"arabic-{width}")
    message_post(by=place.bob, room=place.room, content="first")
    page = visit(place, browser, width)
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert fits(page)
    say(page, "مرحبا everybody")
    sent = page.locator(".message[data-seq='2']")
    expect(sent).to_contain_text("مرحبا everybody")
    assert middle(page.locator("#message-1 .avatar")) > middle(page.locator("#message-1 .message-body"))

    if width == NARROW:
        page.locator(".drawer-open").click()
    sidebar = page.locator("#sidebar")
    assert within_window(page, sidebar)
    assert middle(sidebar) > width / 2
    page.locator(".sidebar-me summary").click()
    assert within_window(page, page.locator(".sidebar-me form").last)
    if width == NARROW:
        page.keyboard.press("Escape")

    sent.focus()
    page.keyboard.press("Enter")
    assert within_window(page, page.locator("#message-menu"))
    page.keyboard.press("Escape")
    page.locator("#content").press_sequentially("@")
    assert within_window(page, page.locator("#composer [role=listbox]"))
    page.fill("#content", "")
    page.keyboard.press("Control+k")
    assert within_window(page, page.locator("#switcher"))
    page.keyboard.press("Escape")
    if width == NARROW:
        page.locator("[popovertarget=members]").first.click()
    members = page.locator("#members")
    assert within_window(page, members)
    assert middle(members) < width / 2


def test_names_are_cut_off_at_their_own_end(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "cut")
    Room.objects.filter(pk=place.room.pk).update(title=LONG)
    message_post(by=place.bob, room=place.room, content=LONG)
    message_post(by=place.bob, room=place.room, content="Yes", reply_to=1)
    page = visit(place, browser, NARROW)
    for shown in (page.locator("#room-title"), page.locator("#message-2 .message-quote-text")):
        cut = "each => each.scrollWidth > each.clientWidth && getComputedStyle(each).textOverflow"
        assert shown.evaluate(cut) == "ellipsis"
        assert shown.evaluate("each => getComputedStyle(each).direction") == "ltr"
    assert within_window(page, page.locator("#message-2 .message-quote"))


def test_signs_stand_before_names_and_numbers(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "signs")
    other = room_create(by=place.alice, name="other", title="Other")
    member_join(user=place.bob, room=other)
    read_all(other)
    message_post(by=place.bob, room=other, content="@alice, see?")
    direct_room_open(by=place.alice, people=[place.bob])
    page = visit(place, browser, WIDE)
    count = page.locator("[data-room=other] .sidebar-count-shown")
    expect(count).to_have_text("@1")
    expect(count).to_have_css("direction", "ltr")
    page.locator("#content").press_sequentially("@bo")
    username = page.locator("#composer [role=option] small").first
    expect(username).to_have_text("@bob")
    expect(username).to_have_css("direction", "ltr")
    page.keyboard.press("Control+k")
    page.keyboard.type("bob")
    username = page.locator("#switcher .switcher-note", has_text="@bob")
    expect(username).to_have_css("direction", "ltr")
    expect(page.locator("#switcher .switcher-note", has_text="#dm-")).to_have_count(0)


def test_the_menu_of_a_member_leaves_the_name_its_line(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "menus")
    page = visit(place, browser, WIDE)
    member = page.locator(f"#member-{place.bob.pk}")
    name = member.locator(".member-name")
    before = name.bounding_box()
    member.locator("summary").click()
    expect(member.locator(".member-actions")).to_be_visible()
    after = name.bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] >= before["width"]


def test_words_on_buttons_of_dialogs_are_not_broken(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "buttons")
    message_post(by=place.bob, room=place.room, content="Later")
    page = visit(place, browser, NARROW, "de")
    expect(body(page, "Later")).to_be_visible()
    for chosen in ("remind", "task"):
        page.locator("#message-1").focus()
        page.keyboard.press("Enter")
        page.locator(f"#message-menu [data-do={chosen}]").click()
        dialog = page.locator("dialog[open]")
        cancel = dialog.locator(".dialog-buttons button").first
        expect(cancel).to_have_text("Abbrechen")
        box = cancel.bounding_box()
        assert box is not None
        assert box["height"] < 50
        assert within_window(page, dialog)
        page.keyboard.press("Escape")


def test_a_sentence_runs_as_the_page_does_whatever_name_it_begins_with(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "sentences")
    User.objects.filter(pk=place.bob.pk).update(display_name="داود")
    bob = User.objects.get(pk=place.bob.pk)
    invitation_create(by=bob, room=room_create(by=bob, name="den", title="The den"), user=place.alice)
    User.objects.filter(pk=place.alice.pk).update(language="de")
    page = place.visit(browser, "alice", NARROW, "/notifications/")
    title = page.locator(".hit-author").first
    expect(title).to_contain_text("داود hat dich zu The den eingeladen")
    expect(title).to_have_css("direction", "ltr")
