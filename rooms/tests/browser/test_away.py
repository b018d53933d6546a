"""People who are away, in real browsers."""

from playwright.sync_api import Browser, Page, expect

from chatproject.models import Connection
from rooms.tests.support.browsing import Line, Place, make_place
from rooms.tests.support.servers import RunningServer

TEN_MINUTES = 600_000  # ms


def open_with_clock(place: Place, browser: Browser, path: str = "") -> Page:
    """Open bob's room, or another page, with a clock that the test moves."""
    page = place.context(browser, "bob").new_page()
    page.clock.install()
    page.goto(path or place.room.get_absolute_url())
    return page


def test_a_person_is_away_when_no_tab_was_used_for_ten_minutes_and_back_at_once(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "idle-tabs")
    alice = place.visit(browser, "alice")
    bob = open_with_clock(place, browser)
    other = bob.context.new_page()
    other.clock.install()
    other.goto("/")
    expect(alice.locator("#here")).to_have_text("2 here")
    member = alice.locator(".member[data-user=bob]")
    bob.clock.fast_forward(TEN_MINUTES)
    other.clock.fast_forward(TEN_MINUTES - 60_000)
    other.mouse.move(5, 5)
    other.clock.fast_forward(60_000)
    alice.wait_for_timeout(1500)
    expect(member).not_to_have_attribute("data-away", "")
    other.clock.fast_forward(TEN_MINUTES)
    expect(member).to_have_attribute("data-away", "")
    expect(member.locator(".member-presence")).to_have_text("away")
    alice.reload()
    expect(member).to_have_attribute("data-away", "")
    bob.bring_to_front()
    bob.keyboard.press("Shift")
    expect(member).not_to_have_attribute("data-away", "")
    expect(member.locator(".member-presence")).to_have_text("online")


def test_an_idle_page_that_reconnects_is_still_idle(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "idle-again")
    context = place.context(browser, "bob")
    line = Line(context)
    bob = context.new_page()
    bob.clock.install()
    bob.goto(place.room.get_absolute_url())
    expect(bob.locator("#here")).to_have_text("1 here")
    bob.clock.fast_forward(TEN_MINUTES)
    idle = Connection.objects.filter(user=place.bob, idle=True)
    while not idle.exists():
        bob.wait_for_timeout(100)
    former = idle.get().pk
    line.cut()
    line.mend()
    while not idle.exclude(pk=former).exists():
        bob.clock.fast_forward(1000)
        bob.wait_for_timeout(100)
    assert not Connection.objects.filter(user=place.bob, idle=False).exists()
