"""What holds for every page and everybody: colours, narrow windows, weight."""

import pytest
from playwright.sync_api import Browser, Page

from rooms.tests.browsing import make_place
from rooms.tests.servers import RunningServer

pytestmark = pytest.mark.browser


def paper(page: Page) -> float:
    """How light the page is, from 0 to 1."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return float(colour.removeprefix("oklch(").split()[0])


def test_the_colours_are_the_systems_until_one_chooses_and_then_come_with_every_page(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "colours")
    page = place.visit(browser, "alice", color_scheme="dark")
    assert paper(page) < 0.5
    page.locator(".sidebar-me summary").click()
    page.get_by_label("Light").check()
    assert paper(page) > 0.5
    page.route("**/theme*.js", lambda route: route.abort())  # it comes with the page, not by a script
    for path in (place.room.get_absolute_url(), "/", "/accounts/password/", "/nothing/here/"):
        page.goto(path)
        assert paper(page) > 0.5, path
    page.unroute("**/theme*.js")
    page.goto("/")
    page.locator(".sidebar-me summary").click()
    page.get_by_label("System").check()
    page.goto("/accounts/tokens/")
    assert paper(page) < 0.5
