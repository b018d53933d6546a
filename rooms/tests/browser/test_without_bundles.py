"""While developing, pages load their modules and styles one by one."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Response, expect

from rooms.tests.support.browsing import body, make_place, say
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser


def test_every_page_works_from_its_sources(server_factory: Callable[..., RunningServer], browser: Browser) -> None:
    place = make_place(server_factory("uvicorn", env={"DEBUG": "yes"}))
    page = place.context(browser, "alice").new_page()
    wrong: list[str] = []
    loaded: list[str] = []

    def record(response: Response) -> None:
        loaded.append(response.url.removeprefix(place.server.url))
        if response.status >= 400:
            wrong.append(response.url)

    page.on("response", record)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    for path in ("/", f"{place.room.get_absolute_url()}settings/", "/accounts/profile/", "/accounts/tokens/"):
        page.goto(path)
    page.goto(place.room.get_absolute_url())
    say(page, "from the sources")
    expect(body(page, "from the sources")).to_have_count(1)
    expect(page.locator("#here")).to_have_text("1 here")
    assert wrong == []
    assert {"/static/js/composer.js", "/static/css/composer.css", "/static/css/lobby.css"} <= {*loaded}
    assert not [path for path in loaded if path.startswith("/static/bundles/")]
