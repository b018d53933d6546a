"""Checks of every page: themes, text size, weight and layout shifts."""

import gzip
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from rooms.services.posting import message_post
from rooms.tests.support.browsing import make_place
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser


def brightness(page: Page) -> float:
    """The brightness of the page, from 0 to 1."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return float(colour.removeprefix("oklch(").split()[0])


def test_the_theme_follows_the_system_until_one_is_chosen(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "colours")
    page = place.visit(browser, "alice", color_scheme="dark")
    assert brightness(page) < 0.5
    page.locator(".sidebar-me summary").click()
    page.get_by_label("Light").check()
    assert brightness(page) > 0.5
    page.route("**/*.js", lambda route: route.abort())  # the theme comes with the page, not by a script
    for path in (place.room.get_absolute_url(), "/", "/accounts/password/", "/nothing/here/"):
        page.goto(path)
        assert brightness(page) > 0.5, path
    page.unroute("**/*.js")
    page.goto("/")
    page.locator(".sidebar-me summary").click()
    page.get_by_label("System").check()
    page.goto("/accounts/tokens/")
    assert brightness(page) < 0.5


def test_the_room_page_is_small_loads_few_files_of_no_other_host_and_does_not_shift(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "light")
    for number in range(60):
        content = f"line {number}\n\nand more"
        message_post(by=place.bob, room=place.room, content=content, reply_to=number or None)
    page = place.context(browser, "alice").new_page()
    fetched: list[Response] = []

    def record(response: Response) -> None:
        fetched.append(response)

    page.on("response", record)
    page.add_init_script("""window.moved = 0; new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.moved += entry.value;
    }).observe({type: "layout-shift", buffered: true})""")
    page.goto(place.room.get_absolute_url())
    expect(page.locator("#here")).to_have_text("1 here")
    page.wait_for_timeout(300)  # wait for shifts by counts and read markers
    assert page.evaluate("window.moved") < 0.001  # 1 would be the whole window; local times may differ in width
    assert {urlsplit(response.url).netloc for response in fetched} == {urlsplit(site.url).netloc}
    files = [each for each in fetched if each.request.resource_type in ("script", "stylesheet")]
    assert sorted(each.request.resource_type for each in files) == ["script", "stylesheet"]  # either may come first
    assert all(each.headers["content-encoding"] == "gzip" for each in files)
    assert sum(len(gzip.compress(each.body(), mtime=0)) for each in files) < 64_000
    assert len(fetched) <= 8


@pytest.mark.parametrize("width", [320, 1280])
def test_text_at_double_size_fits_every_page(site: RunningServer, browser: Browser, width: int) -> None:
    place = make_place(site, f"large-{width}")
    message_post(by=place.bob, room=place.room, content="x" * 200)
    page = place.visit(browser, "alice", width)
    here = place.room.get_absolute_url()
    own = ("/accounts/tokens/", "/accounts/notifications/")
    for path in (here, "/", f"{here}settings/", f"{here}notifications/", *own):
        page.goto(path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        for control in page.locator("main :is(a, button, input, textarea, select):visible").all():
            box = control.bounding_box()
            assert box is None or box["x"] + box["width"] <= width + 1, (path, control.inner_text())
