"""The dot that shows who is online, in a real browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from chatproject.models import Connection
from rooms.models import User
from rooms.services.direct_rooms import direct_room_open
from rooms.tests.support.browsing import Place, make_place
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser


@pytest.fixture
def place(server_factory: Callable[..., RunningServer], collected_static: Path) -> Place:
    """A server on which presence ends soon after a disconnect."""
    return make_place(server_factory(env={"PRESENCE_GRACE_SECONDS": "1", "DATA_DIR": str(collected_static)}))


def wait_for_sockets(page: Page, user: User, count: int) -> None:
    """Wait until the connection registry has this many connections of a user."""
    while Connection.objects.filter(user=user).count() != count:
        page.wait_for_timeout(100)


def show_tab(page: Page) -> None:
    """Simulate a hidden tab becoming visible."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_members_online_elsewhere_have_a_dot(place: Place, browser: Browser) -> None:
    bob = place.visit(browser, "bob", path="/")
    wait_for_sockets(bob, place.bob, 1)
    alice = place.visit(browser, "alice")
    expect(alice.locator("#here")).to_have_text("1 here")
    member = alice.locator(".member[data-user=bob]")
    expect(member).to_have_attribute("data-online", "")
    expect(member).to_contain_text("online")
    assert member.evaluate("part => getComputedStyle(part, '::after').content") == '""'
    bob.context.close()
    wait_for_sockets(alice, place.bob, 0)
    show_tab(alice)
    expect(alice.locator(".member[data-online]")).to_have_count(1)
    expect(member).not_to_contain_text("online")
    assert member.evaluate("part => getComputedStyle(part, '::after').content") == "none"


def test_members_who_leave_the_room_keep_the_dot_while_online_elsewhere(place: Place, browser: Browser) -> None:
    alice = place.visit(browser, "alice")
    expect(alice.locator("#here")).to_have_text("1 here")
    bob = place.visit(browser, "bob")
    expect(alice.locator("#here")).to_have_text("2 here")
    elsewhere = bob.context.new_page()
    elsewhere.goto("/")
    wait_for_sockets(alice, place.bob, 2)
    with alice.expect_response("**/api/rooms/hall/online/") as asked:
        bob.close()
    assert set(asked.value.json()["online"]) == {place.alice.pk, place.bob.pk}
    expect(alice.locator("#here")).to_have_text("1 here")
    expect(alice.locator(".member[data-online]")).to_have_count(2)


def test_a_hidden_tab_does_not_poll_and_a_visible_one_does_at_once(place: Place, browser: Browser) -> None:
    alice = place.visit(browser, "alice")
    alice.clock.install()
    alice.reload()
    expect(alice.locator("#here")).to_have_text("1 here")
    asked: list[str] = []
    alice.on("request", lambda request: asked.append(request.url) if "/online/" in request.url else None)
    with alice.expect_response("**/online/"):
        alice.clock.run_for(46_000)
    alice.evaluate("Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true })")
    show_tab(alice)
    asked.clear()
    alice.clock.run_for(200_000)
    assert asked == []
    alice.evaluate("delete document.visibilityState")
    with alice.expect_response("**/online/"):
        show_tab(alice)
        alice.clock.run_for(10)


def test_the_header_of_a_direct_room_shows_the_dot_of_the_other_person(place: Place, browser: Browser) -> None:
    room, _ = direct_room_open(by=place.alice, people=[place.alice, place.bob])
    alice = place.visit(browser, "alice", width=360, path=room.get_absolute_url())
    face = alice.locator(f'.bar-faces [data-user-id="{place.bob.pk}"]')
    expect(face).not_to_have_attribute("data-online", "")
    bob = place.visit(browser, "bob", path="/")
    wait_for_sockets(bob, place.bob, 1)
    show_tab(alice)
    expect(face).to_have_attribute("data-online", "")
    alice.reload()
    expect(face).to_have_attribute("data-online", "")
    assert face.evaluate("part => getComputedStyle(part, '::after').content") == '""'
