"""Previews of links in the room page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from playwright.sync_api import Browser, Page, expect

from rooms.models import Room, User
from rooms.previews.cards import Card, CardPicture
from rooms.services.posting import message_post
from rooms.services.previews import Result, preview_claim, preview_finish, previews_link, previews_show
from rooms.services.profile import profile_update
from rooms.services.rooms import room_create
from rooms.tests.support.browsing import make_place, read_all
from rooms.tests.support.images import image
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser
PICTURE = CardPicture(image(size=(640, 336), form="WEBP"), 640, 336)
COUNT_SHIFTS = """window.shifts = []; new PerformanceObserver(list => {
    for (const entry of list.getEntries()) window.shifts.push(entry.value);
}).observe({type: "layout-shift", buffered: true})"""
MARKUP = r"each => each.outerHTML.replace(/\s+/g, ' ').replace(/> | (?=<)/g, found => found.trim())"
SCROLLER = "document.getElementById('scroller')"


def post_link(by: User, room: Room, content: str) -> int:
    """Post a message whose link is to get a preview; return its seq."""
    with override_settings(LINK_PREVIEWS=True):
        return message_post(by=by, room=room, content=content).message.seq


def fetch_pages(site: RunningServer, title: str = "A title", picture: CardPicture | None = None) -> None:
    """Give the links posted before a preview, as the server does after it has fetched their pages."""
    previews_link()
    while (preview := preview_claim()) is not None:
        preview_finish(preview, Result(Card(title, "Site", "Some words. " * 20, picture)))
    here, there = Path(settings.FILE_STORAGE["OPTIONS"]["location"]), Path(site.env["DATA_DIR"]) / "storage"
    if picture is not None:
        shutil.copytree(here / "files", there / "files", dirs_exist_ok=True)
    previews_show()


def card(page: Page, seq: int) -> str:
    """Return the selector of a message's preview."""
    return f"#message-{seq} .preview"


def test_a_card_arrives_is_there_after_a_reload_and_without_script_and_is_removed(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "cards")
    seq = post_link(place.bob, place.room, "see https://site.example/page")
    alice, bob = place.visit(browser, "alice"), place.visit(browser, "bob")
    expect(alice.locator("#here")).to_have_text("2 here")
    fetch_pages(site, picture=PICTURE)
    for page in (alice, bob):
        link = page.locator(card(page, seq)).get_by_role("link", name="A title")
        expect(link).to_be_visible()
        expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
        expect(page.locator(f"#message-{seq} .message-edited-mark")).to_be_hidden()
        expect(page.locator(".preview-picture")).to_have_js_property("naturalWidth", 640)
    live = alice.locator(card(alice, seq)).evaluate(MARKUP)
    alice.reload()
    assert alice.locator(card(alice, seq)).evaluate(MARKUP) == live
    plain = place.visit(browser, "alice", java_script_enabled=False)
    expect(plain.locator(card(plain, seq))).to_contain_text("A title")
    bob.locator(card(bob, seq)).hover()
    bob.get_by_role("button", name="Remove preview of A title").click()
    for page in (alice, bob):
        expect(page.locator(".message-previews")).to_have_count(0)


def test_those_who_don_t_want_previews_see_none(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "none")
    profile_update(user=place.alice, show_link_previews=False)
    seq = post_link(place.bob, place.room, "https://none.example/page")
    alice, bob = place.visit(browser, "alice"), place.visit(browser, "bob")
    expect(alice.locator("#here")).to_have_text("2 here")
    fetch_pages(site)
    expect(bob.locator(card(bob, seq))).to_be_visible()
    expect(alice.locator(f"#message-{seq}")).to_have_attribute(
        "data-version", bob.locator(f"#message-{seq}").get_attribute("data-version") or ""
    )
    expect(alice.locator(".preview")).to_have_count(0)
    profile_update(user=place.alice, show_link_previews=True)


def test_cards_above_and_below_the_reader_move_nothing_and_at_the_bottom_the_list_stays_there(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "still")
    first = post_link(place.bob, place.room, "https://above.example/")
    for number in range(30):
        message_post(by=place.bob, room=place.room, content=f"line {number}\n\nand more")
    last = post_link(place.bob, place.room, "https://below.example/")
    read_all(place.room)
    reading, bottom = (place.context(browser, "alice").new_page() for _ in range(2))
    for page in (reading, bottom):
        page.add_init_script(COUNT_SHIFTS)
        page.goto(place.room.get_absolute_url())
        expect(page.locator("#here")).to_have_text("1 here")
    reading.evaluate(f"{SCROLLER}.scrollTop = -{SCROLLER}.scrollHeight / 2")
    middle = reading.locator(".message").nth(15)
    before = middle.bounding_box()
    for page in (reading, bottom):
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    reading.evaluate("window.shifts.length = 0")
    fetch_pages(site, picture=PICTURE)
    for page in (reading, bottom):
        for seq in (first, last):
            expect(page.locator(card(page, seq))).to_have_count(1)
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert middle.bounding_box() == before
    assert reading.evaluate("window.shifts") == []
    assert bottom.evaluate(f"{SCROLLER}.scrollTop") == 0
    expect(bottom.locator(card(bottom, last))).to_be_in_viewport()


def test_a_link_to_a_message_shows_it_to_those_who_may_read_it(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "linked")
    secret = room_create(by=place.alice, name="secret", title="The secret room", kind="private")
    message_post(by=place.alice, room=secret, content="Tea at *four*.")
    link = f"{site.url}/rooms/secret/?message=1"
    message_post(by=place.alice, room=place.room, content=f"as I said: {link}")
    alice, bob = place.visit(browser, "alice"), place.visit(browser, "bob")
    shown = alice.locator("#message-1 .preview-message")
    expect(shown).to_contain_text("Tea at four.")
    expect(shown).to_contain_text("The secret room")
    message_post(by=place.alice, room=place.room, content=f"and again: {link} > {site.url}/rooms/linked/?message=1")
    expect(alice.locator("#message-2 .preview-message")).to_have_count(2)
    expect(bob.locator("#message-2 .preview-message")).to_have_count(1)  # the message in this room
    expect(bob.locator("#message-1 .preview-message")).to_have_count(0)
    shown.get_by_role("link").click()
    expect(alice.get_by_role("heading", name="The secret room")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_long_and_right_to_left_titles_fit_a_phone(site: RunningServer, browser: Browser, scheme: str) -> None:
    place = make_place(site, f"narrow-{scheme}")
    seq = post_link(place.bob, place.room, f"https://{scheme}.example/")
    fetch_pages(site, "כותרת ארוכה מאוד " * 10, PICTURE)
    page = place.visit(browser, "alice", 360, color_scheme=scheme)
    expect(page.locator(card(page, seq))).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    title = page.locator(".preview-title")
    assert title.evaluate("each => getComputedStyle(each).direction") == "rtl"
    assert page.locator(".preview").evaluate("each => each.scrollWidth <= each.clientWidth")
