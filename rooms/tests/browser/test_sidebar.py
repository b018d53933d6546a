"""The rooms in the sidebar in a real browser: unread counts, new and removed rooms."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from rooms.models import Room, User
from rooms.services.accounts import account_create
from rooms.services.direct_rooms import direct_room_open
from rooms.services.members import member_add, member_join, member_remove
from rooms.services.posting import message_post
from rooms.services.rooms import room_create
from rooms.tests.support.browsing import PASSWORD, body, make_place, say
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser
NEWS, CALLS = re.compile("sidebar-news"), re.compile("sidebar-mentions")


def entry(page: Page, room: Room) -> Locator:
    return page.locator(f'.sidebar-room[data-room="{room.name}"]')


def count(page: Page, room: Room) -> Locator:
    return entry(page, room).locator(".sidebar-count-shown")


def person(name: str) -> User:
    return account_create(username=name, password=PASSWORD, display_name=name.title())


def test_unread_counts_show_on_every_page_and_device_at_once(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "news")
    erin = person("erin")
    member_join(user=erin, room=place.room)
    message_post(by=place.alice, room=place.room, content="first")
    desk = place.visit(browser, "erin", path="/")
    phone = place.visit(browser, "erin", width=360, path="/")
    plain = place.visit(browser, "erin", path="/", java_script_enabled=False)
    expect(count(plain, place.room)).to_have_text("1")  # rendered by the server, before any script runs
    icon = desk.locator("#icon")
    expect(desk).to_have_title("(1) Rooms · Parlor")
    expect(icon).to_have_attribute("href", re.compile("favicon-unread"))
    message_post(by=place.alice, room=place.room, content="look, @erin")
    for page in (desk, phone):
        expect(count(page, place.room)).to_have_text("@1")
        expect(entry(page, place.room)).to_have_class(CALLS)
        expect(page).to_have_title("(2) Rooms · Parlor")
    expect(entry(desk, place.room).get_by_role("link")).to_have_accessible_name("The hall 2 unread, 1 for you")
    phone.goto(place.room.get_absolute_url())
    phone.bring_to_front()
    expect(body(phone, "look, @erin")).to_be_in_viewport()
    expect(entry(phone, place.room)).not_to_have_class(NEWS)
    expect(phone).to_have_title("The hall · Parlor")


def test_rooms_appear_and_disappear_and_direct_ones_are_ordered_by_latest_message(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "moving")
    frank, grace, heidi = (person(name) for name in ("frank", "grace", "heidi"))
    with_grace, _ = direct_room_open(by=frank, people=[grace])
    with_heidi, _ = direct_room_open(by=frank, people=[heidi])
    message_post(by=grace, room=with_grace, content="hi")
    page = place.visit(browser, "frank", path="/")
    direct = page.locator("#sidebar-direct .sidebar-room bdi")
    expect(direct).to_have_text(["Grace", "Heidi"])
    expect(entry(page, with_grace)).to_have_class(CALLS)  # a direct message counts as a mention
    message_post(by=frank, room=with_heidi, content="hello")
    expect(direct).to_have_text(["Heidi", "Grace"])
    expect(entry(page, with_heidi)).not_to_have_class(NEWS)
    message_post(by=grace, room=with_grace, content="well?")
    expect(direct).to_have_text(["Grace", "Heidi"])
    message_post(by=heidi, room=with_heidi, content="hi")
    expect(direct).to_have_text(["Heidi", "Grace"])
    for name in ("b-side", "a-side"):
        room = room_create(by=place.alice, name=name, title=name.title(), kind="private")
        member_add(by=place.alice, room=room, user=frank)
    rooms = page.locator("#sidebar-rooms .sidebar-room")
    expect(rooms).to_have_text([re.compile("A-Side"), re.compile("B-Side")])
    expect(rooms.first.get_by_role("link")).to_have_attribute("href", "/rooms/a-side/")
    member_remove(by=place.alice, room=Room.objects.get(name="a-side"), user=frank)
    expect(rooms).to_have_text([re.compile("B-Side")])
    with_script = page.locator("#sidebar-rooms").inner_html()
    page.reload()
    assert normalize(page.locator("#sidebar-rooms").inner_html()) == normalize(with_script)


def normalize(html: str) -> str:
    return re.sub(r"\s+", " ", html).replace("> <", "><").strip()


def test_the_cards_of_rooms_count_new_messages(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "counted")
    page = place.visit(browser, "bob", path="/")
    shown = page.locator('[data-messages-of="counted"]')
    expect(shown).to_have_text("0 messages")
    message_post(by=place.alice, room=place.room, content="one")
    expect(shown).to_have_text("1 message")
    message_post(by=place.alice, room=place.room, content="two")
    expect(shown).to_have_text("2 messages")


def test_the_visible_room_is_not_counted_as_unread(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "looking")
    other = room_create(by=place.alice, name="elsewhere")
    member_join(user=place.bob, room=other)
    bob, alice = place.visit(browser, "bob", width=360), place.visit(browser, "alice")
    say(alice, "here")
    expect(body(bob, "here")).to_have_count(1)
    message_post(by=place.alice, room=other, content="there")
    expect(entry(bob, other)).to_have_class(NEWS)
    expect(bob.locator("body")).to_have_class(re.compile("news-elsewhere"))
    expect(entry(bob, place.room)).not_to_have_class(NEWS)
    expect(entry(alice, place.room)).not_to_have_class(NEWS)  # the user's own message is not unread


@pytest.mark.parametrize("width", [320, 1280])
def test_with_many_rooms_the_place_is_kept_and_the_account_menu_stays_in_the_window(
    site: RunningServer, browser: Browser, width: int
) -> None:
    place = make_place(site, f"many-{width}")
    rooms = [room_create(by=place.alice, name=f"many-{width}-{number:02}") for number in range(45)]
    member_join(user=place.bob, room=rooms[40])
    message_post(by=place.bob, room=rooms[40], content="news")
    direct_room_open(by=place.alice, people=[place.bob])
    page = place.visit(browser, "alice", width, rooms[30].get_absolute_url())

    def show_sidebar() -> None:
        if width < 800:
            page.get_by_role("button", name="Your rooms").click()

    def link(number: int) -> Locator:
        return page.locator(f'.sidebar-room[data-room="many-{width}-{number:02}"]')

    show_sidebar()
    expect(link(30)).to_be_in_viewport()
    expect(page.locator(".sidebar-me summary")).to_be_in_viewport(ratio=1)
    assert page.locator(".sidebar-room").evaluate_all("rooms => rooms.map((room) => room.dataset.room)")[1] == (
        f"many-{width}-40"
    )  # first the direct room, then what is unread
    before = page.locator("#sidebar-scroll").evaluate("list => list.scrollTop")
    link(28).click()
    expect(page.locator("h1")).to_have_text(f"many-{width}-28")
    show_sidebar()
    assert abs(page.locator("#sidebar-scroll").evaluate("list => list.scrollTop") - before) < 2
    page.locator(".sidebar-me summary").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_in_viewport(ratio=1)
