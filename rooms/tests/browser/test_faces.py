"""Faces and presence of direct rooms in the sidebar, in a real browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from rooms.models import Room, User
from rooms.services.accounts import account_create
from rooms.services.direct_rooms import direct_room_open
from rooms.services.posting import message_post
from rooms.tests.support.browsing import PASSWORD, Place, make_place
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser
TEN_MINUTES = 600_000  # ms


@pytest.fixture
def place(server_factory: Callable[..., RunningServer], collected_static: Path) -> Place:
    """A server on which presence ends soon after a disconnect."""
    return make_place(server_factory(env={"PRESENCE_GRACE_SECONDS": "1", "DATA_DIR": str(collected_static)}))


def person(name: str, **fields: str) -> User:
    user = account_create(username=name, password=PASSWORD, display_name=name.title())
    User.objects.filter(pk=user.pk).update(time_zone="UTC", **fields)
    return user


def entry(page: Page, room: Room) -> Locator:
    return page.locator(f'.sidebar-room[data-room="{room.name}"]')


def dot(page: Page, room: Room) -> str:
    """What the style of the dot on a face has as its content; "none" if there is no dot."""
    mark = entry(page, room).locator(".sidebar-mark")
    return str(mark.evaluate("part => getComputedStyle(part, '::after').content"))


def test_a_direct_room_shows_at_once_whether_the_other_person_is_online_or_away(place: Place, browser: Browser) -> None:
    room, _ = direct_room_open(by=place.alice, people=[place.bob])
    home, alice = place.visit(browser, "alice", path="/"), place.visit(browser, "alice")
    link = entry(alice, room).get_by_role("link")
    expect(alice.locator("#here")).to_have_text("1 here")
    expect(link).to_have_accessible_name("bob")
    assert dot(alice, room) == "none"
    bob = place.context(browser, "bob").new_page()
    bob.clock.install()
    bob.goto("/")
    for page in (home, alice):
        expect(entry(page, room)).to_have_attribute("data-online", "")
        expect(entry(page, room).get_by_role("link")).to_have_accessible_name("bob online")
        assert dot(page, room) == '""'
    bob.clock.fast_forward(TEN_MINUTES)
    expect(link).to_have_accessible_name("bob away")
    expect(entry(alice, room)).to_have_attribute("data-away", "")
    plain = place.visit(browser, "alice", path="/", java_script_enabled=False)
    expect(entry(plain, room).get_by_role("link")).to_have_accessible_name("bob away")
    assert dot(plain, room) == '""'
    bob.keyboard.press("Shift")
    expect(link).to_have_accessible_name("bob online")
    bob.context.close()
    expect(link).to_have_accessible_name("bob")
    assert dot(alice, room) == "none"


def test_rooms_that_appear_have_the_faces_that_a_reload_shows(place: Place, browser: Browser) -> None:
    kim, lee = person("kim", picture_digest="abc"), person("lee")
    page = place.visit(browser, "bob", path="/")
    page.route("**/avatars/**", lambda route: route.abort())
    expect(page.locator("#sidebar")).to_be_visible()
    place.visit(browser, "kim", path="/")
    rooms = [direct_room_open(by=by, people=people)[0] for by, people in ((kim, [place.bob]), (lee, [place.bob]))]
    rooms.append(direct_room_open(by=kim, people=[lee, place.bob])[0])
    for room, by in zip(rooms, (kim, lee, kim), strict=True):
        message_post(by=by, room=room, content="hi")
    faces = [entry(page, room).locator(".avatar") for room in rooms]
    for _ in range(2):
        expect(faces[0].locator("img")).to_have_attribute("src", "/avatars/abc.webp")
        expect(faces[1]).to_have_text("L")
        expect(faces[2]).to_have_text("2")
        for face, user in zip(faces, (kim, lee), strict=False):
            expect(face).to_have_class(f"avatar avatar-{user.pk % 12}")
        expect(faces[2]).to_have_class("avatar")
        expect(entry(page, rooms[0]).get_by_role("link")).to_have_accessible_name("Kim online 1 unread")
        expect(entry(page, rooms[1]).get_by_role("link")).to_have_accessible_name("Lee 1 unread")
        page.reload()
