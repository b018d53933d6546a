"""Files in the composer in a real browser: chosen, pasted or dropped, and sent."""

import json
import re

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect

from rooms.files.sizes import file_size
from rooms.models import Attachment, Message
from rooms.services.rooms import room_close, room_reopen
from rooms.templatetags.attachments import file_label
from rooms.tests.support.browsing import Place, make_place, say
from rooms.tests.support.files import (
    NOTES,
    PHOTO,
    UPLOADS,
    choose_files,
    file,
    give_files,
    hold_parts,
    let_go,
    tray,
    uploaded,
)
from rooms.tests.support.images import BLUE, GREEN, image
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser
CLIP = file("clip.png", image(GREEN), "image/png")


def with_limits(page: Page, place: Place, **limits: int) -> None:
    """Open the room as if the installation had other limits for files."""

    def change(route: Route) -> None:
        response = route.fetch()
        text = response.text()
        for name, value in limits.items():
            text = re.sub(rf'"{name}": \d+', f'"{name}": {value}', text)
        route.fulfill(response=response, body=text)

    page.route(f"**{place.room.get_absolute_url()}", change)
    page.goto(place.room.get_absolute_url())


@pytest.mark.parametrize("width", [1280, 360])
def test_files_are_chosen_pasted_and_dropped_and_others_see_them_at_once(
    site: RunningServer, browser: Browser, width: int
) -> None:
    place = make_place(site, f"given-{width}")
    page, bob = place.visit(browser, "alice", width), place.visit(browser, "bob", 1640 - width)
    choose_files(page, PHOTO)
    assert not give_files(page, "paste", CLIP, where="#content")
    overlay = page.locator("#drop")
    assert not give_files(page, "dragenter", NOTES)
    expect(overlay).to_be_visible()
    assert not give_files(page, "drop", NOTES)
    expect(overlay).to_be_hidden()
    expect(tray(page).locator(".tray-name")).to_have_text(["photo.png", "clip.png", "notes.txt"])
    expect(uploaded(page)).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Remove clip.png").click()
    expect(tray(page)).to_have_count(2)
    say(page, "look")
    expect(tray(page)).to_have_count(0)
    for each in (page, bob):
        message = each.locator(".message[data-seq]", has_text="look")
        expect(message.get_by_role("img", name="photo.png")).to_be_visible()
        expect(message.get_by_role("link", name="notes.txt", exact=True)).to_be_visible()
        expect(each.locator("[data-file]")).to_have_count(2)
    assert [one.name for one in Attachment.objects.filter(room=place.room)] == ["photo.png", "notes.txt"]


def test_files_alone_are_a_message_and_its_text_may_be_edited_away(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "alone")
    page, bob = place.visit(browser, "alice"), place.visit(browser, "bob")
    expect(bob.locator("#here")).to_have_text("2 here")
    page.press("#content", "Enter")
    choose_files(page, PHOTO)
    expect(uploaded(page)).to_have_count(1)
    page.press("#content", "Enter")
    expect(bob.locator("#message-1 .picture")).to_have_count(1)
    expect(bob.locator("#announcer p")).to_have_text(["alice: photo.png"])
    assert Message.objects.get(room=place.room).content == ""
    page.press("#content", "ArrowUp")
    page.fill("#content", "new words")
    expect(page.get_by_role("button", name="Attach files")).to_be_hidden()
    page.press("#content", "Enter")
    expect(bob.locator("#message-1 .message-body")).to_have_text("new words")
    page.press("#content", "ArrowUp")
    page.fill("#content", "")
    page.press("#content", "Enter")
    expect(bob.locator("#message-1 .message-body")).to_have_text("")
    expect(bob.locator("#message-1 .picture")).to_have_count(1)
    expect(page.locator("dialog[open]")).to_have_count(0)
    bob.locator("#message-1").focus()
    bob.keyboard.press("r")
    expect(bob.locator(".composer-reply-excerpt")).to_have_text("photo.png")
    say(bob, "nice")
    expect(page.locator("#message-2 .message-quote-text")).to_have_text("photo.png")


def test_pasted_text_stays_text(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "paste")
    page = place.visit(browser, "alice")
    assert give_files(page, "paste", CLIP, where="#content", text="a cell")  # as spreadsheets do
    assert not give_files(page, "paste", NOTES, where="#content", text="notes.txt")  # as file managers do
    expect(tray(page).locator(".tray-name")).to_have_text(["notes.txt"])


def test_what_can_not_be_attached_is_refused_before_it_is_sent(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "limits")
    page = place.context(browser, "alice").new_page()
    sent: list[str] = []

    def record(request: Request) -> None:
        if UPLOADS.search(request.url):
            sent.append(request.url)

    page.on("request", record)
    with_limits(page, place, max_bytes=2000, max_count=2)
    hint = page.locator("#composer-hint")
    choose_files(page, file("big.bin", bytes(2001)))
    expect(hint).to_have_text("big.bin is too large: 2.0 kB. Files can have at most 2.0 kB.")
    choose_files(page, file("none.txt", b""))
    expect(hint).to_have_text("none.txt is empty.")
    expect(tray(page)).to_have_count(0)
    assert sent == []
    choose_files(page, *(file(f"{number}.txt", b"1") for number in range(3)))
    expect(hint).to_have_text("A message can have at most 2 files.")
    expect(uploaded(page)).to_have_count(2)


def test_a_message_waits_for_its_files_unless_it_is_cancelled(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "waits")
    page = place.visit(browser, "alice")
    held = hold_parts(page)
    hint, box = page.locator("#composer-hint"), page.locator("#content")
    choose_files(page, PHOTO)
    box.fill("soon")
    for cancel in ("!", "Escape"):
        box.press("Enter")
        expect(hint).to_contain_text("Sends when the files are uploaded")
        box.press(cancel)
        expect(hint).to_have_text("")
    box.press("Enter")
    expect(box).to_have_value("soon!")
    expect(tray(page).get_by_role("progressbar")).to_be_visible()
    let_go(page, held)
    expect(page.locator(".message[data-seq] .picture")).to_have_count(1)
    expect(page.locator(".message-body")).to_have_text("soon!")
    expect(box).to_have_value("")
    expect(hint).to_have_text("")


def test_a_message_whose_file_has_expired_says_so_and_keeps_its_text(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "expired")
    page = place.visit(browser, "alice")
    choose_files(page, PHOTO)
    expect(uploaded(page)).to_have_count(1)
    Attachment.objects.filter(room=place.room).delete()
    say(page, "see")
    failure = page.locator(".message-failure")
    expect(failure).to_contain_text("Not sent. A file is not uploaded yet, or no longer.")
    expect(page.locator(".message-failed .message-body")).to_have_text("see")


def test_a_message_with_files_survives_a_refusal(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "refused")
    page = place.visit(browser, "alice")
    choose_files(page, PHOTO, NOTES)
    expect(uploaded(page)).to_have_count(2)
    room_close(by=place.alice, room=place.room)
    expect(page.get_by_text("This room is archived")).to_be_visible()
    page.locator("#composer").evaluate("form => form.requestSubmit()")
    expect(page.locator(".message-failure")).to_contain_text("Not sent. This room is archived")
    page.reload()
    expect(page.locator(".message-failed [data-file]")).to_have_count(2)
    room_reopen(by=place.alice, room=place.room)
    page.get_by_role("button", name="Retry").click()
    expect(page.locator(".message[data-seq] [data-file]")).to_have_count(2)


def test_files_are_attached_and_removed_by_keyboard(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "by-keys")
    page = place.visit(browser, "alice")
    # Has the browser hand over choosers from now on. `expect_file_chooser` alone asks for it only just before the key.
    page.on("filechooser", lambda chooser: None)
    expect(page.locator("#here")).to_have_text("1 here")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Attach files")).to_be_focused()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files([PHOTO, NOTES])
    expect(uploaded(page)).to_have_count(2)
    expect(page.locator("#tray-said")).to_have_text(re.compile(r"uploaded\.$"))
    expect(page.locator("#content")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Remove notes.txt")).to_be_focused()
    page.keyboard.press("Enter")
    expect(tray(page)).to_have_count(1)
    expect(page.get_by_role("button", name="Remove photo.png")).to_be_focused()


def test_the_composer_with_files_leaves_room_above_a_phones_keyboard(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "small")
    page = place.visit(browser, "alice", 360, viewport={"width": 360, "height": 330}, has_touch=True, is_mobile=True)
    choose_files(page, PHOTO, CLIP, file("blue.png", image(BLUE), "image/png"), NOTES)
    expect(uploaded(page)).to_have_count(4)
    foot, log = page.locator("#composer").bounding_box(), page.locator("#scroller").bounding_box()
    assert foot is not None
    assert log is not None
    assert log["height"] >= 80
    assert foot["y"] + foot["height"] <= 330
    for width in (320, 360):
        page.set_viewport_size({"width": width, "height": 330})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_dropped_files_are_refused_where_one_can_not_write(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "closed")
    room_close(by=place.alice, room=place.room)
    page = place.visit(browser, "alice")
    assert not give_files(page, "dragenter", NOTES)
    expect(page.locator("#drop")).to_be_hidden()
    assert not give_files(page, "drop", NOTES)  # or the browser would open it in place of the page
    expect(tray(page)).to_have_count(0)


def test_sizes_and_kinds_are_written_as_by_the_server(site: RunningServer, browser: Browser) -> None:
    page = make_place(site, "sizes").visit(browser, "alice")
    sizes = [1, 2, 999, 1000, 1049, 1050, 9949, 9950, 99_500, 999_499, 999_500, 10**6, 262_144_000, 10**9, 10**13]
    names = ["a.txt", "b.tar.gz", ".profile", "none", "c.JPEG", "d.", "e.toolong", "f.ä", "g.mp4"]
    script = """async ([sizes, names]) => {
        const { fileSize, fileLabel } = await import("/static/js/file_size.js");
        return [sizes.map(fileSize), names.map(fileLabel)];
    }"""
    shown = page.evaluate(script, [sizes, names])
    assert shown == [[file_size(size) for size in sizes], [file_label(name) for name in names]], json.dumps(shown)
