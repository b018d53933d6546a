"""Uploads from the page: they resume after errors and reloads, and fail with a reason."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Dialog, Page, Request, Route, expect

from rooms.models import Attachment, Message, Room
from rooms.services.rooms import room_create
from rooms.tests.support.browsing import Place, body, make_place, say
from rooms.tests.support.files import PHOTO, UPLOADS, choose_files, file, hold_parts, let_go, tray, uploaded
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser
MIB = 1024 * 1024
LARGE = file("large.bin", random.Random(1).randbytes(9 * MIB))
KEPT = """async () => {
    const { read } = await new Promise((resolve) => {
        const opening = indexedDB.open("parlor-files", 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore("files");
        opening.onsuccess = () => resolve({ read: opening.result });
    });
    return new Promise((resolve) => {
        const counting = read.transaction("files").objectStore("files").count();
        counting.onsuccess = () => resolve(counting.result);
    });
}"""


def record_requests(page: Page) -> list[str]:
    """Return a list to which the requests for uploads are added: the method, and the offset of a part in MiB."""
    seen: list[str] = []

    def record(request: Request) -> None:
        if UPLOADS.search(request.url):
            offset = request.headers.get("upload-offset")
            seen.append(request.method + (f" {int(offset) // MIB}" if offset else ""))

    page.on("request", record)
    return seen


def stored(page: Page, place: Place) -> bytes:
    """The content of the room's only file that was sent."""
    sent = Attachment.objects.get(room=place.room, message__isnull=False)
    return page.request.get(f"/files/{sent.public_id}/{sent.name}").body()


def wait_until(page: Page, condition: Callable[[], bool]) -> None:
    """Wait for something that Playwright can't expect."""
    for _ in range(600):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError("waited in vain")


def kept(page: Page) -> int:
    """The number of files that the browser keeps."""
    found: int = page.evaluate(KEPT)
    return found


def answer(status: int, detail: str, **headers: str) -> dict[str, Any]:
    return {"status": status, "headers": headers, "json": {"detail": detail}}


def answer_once(page: Page, **response: Any) -> None:
    """Answer the next part in place of the server."""
    answered: list[Route] = []

    def handle(route: Route) -> None:
        if route.request.method != "PATCH" or answered:
            return route.continue_()
        answered.append(route)
        return route.fulfill(**response)

    page.route(UPLOADS, handle)


def test_an_upload_goes_on_where_the_connection_was_cut(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "cut")
    page = place.visit(browser, "alice")
    seen = record_requests(page)
    cut: list[Route] = []

    def handle(route: Route) -> None:
        if route.request.headers.get("upload-offset") != str(4 * MIB) or cut:
            return route.continue_()
        cut.append(route)
        return route.abort("connectionreset")

    page.route(UPLOADS, handle)
    choose_files(page, LARGE)
    expect(uploaded(page)).to_have_count(1)
    assert seen == ["POST", "PATCH 0", "PATCH 4", "HEAD", "PATCH 4", "PATCH 8", "GET"]
    say(page, "all of it")
    expect(page.locator(".message[data-seq] .file")).to_have_count(1)
    assert stored(page, place) == LARGE["buffer"]


def test_an_upload_goes_on_after_the_server_was_killed(place: Place, browser: Browser) -> None:
    page = place.visit(browser, "alice")
    killed: list[Route] = []

    def handle(route: Route) -> None:
        if route.request.headers.get("upload-offset") == str(4 * MIB) and not killed:
            killed.append(route)
            place.server.kill9()
        route.continue_()

    page.route(UPLOADS, handle)
    choose_files(page, LARGE)
    expect(tray(page).locator(".tray-facts")).to_contain_text("No connection.")
    place.server.start()
    expect(uploaded(page)).to_have_count(1)
    say(page, "all of it")
    expect(page.locator(".message[data-seq] .file")).to_have_count(1)
    assert stored(page, place) == LARGE["buffer"]


def test_an_upload_resumes_after_a_reload_and_is_sent_from_another_tab(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "reloaded")
    page = place.visit(browser, "alice")
    seen = record_requests(page)
    cut: list[Route] = []

    def handle(route: Route) -> None:
        if route.request.headers.get("upload-offset") == str(4 * MIB) and not cut:
            cut.append(route)  # no answer before the page is left
        else:
            route.continue_()

    page.route(UPLOADS, handle)
    page.fill("#content", "with a file")
    choose_files(page, LARGE)
    wait_until(page, lambda: len(cut) == 1 and kept(page) == 1)
    page.reload()
    expect(page.locator("#content")).to_have_value("with a file")
    expect(uploaded(page)).to_have_count(1)
    assert seen == ["POST", "PATCH 0", "PATCH 4", "HEAD", "PATCH 4", "PATCH 8", "GET"]
    assert kept(page) == 0
    other = page.context.new_page()
    other.goto(place.room.get_absolute_url())
    expect(uploaded(other)).to_have_count(1)
    other.press("#content", "Enter")
    expect(page.locator(".message[data-seq] .file")).to_have_count(1)
    expect(tray(page)).to_have_count(0)
    expect(page.locator("#content")).to_have_value("")
    assert stored(page, place) == LARGE["buffer"]


def test_another_tab_takes_over_an_upload_when_the_first_is_closed(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "tabs")
    page = place.visit(browser, "alice")
    hold_parts(page)
    choose_files(page, PHOTO)
    expect(tray(page)).to_have_count(1)
    other = page.context.new_page()
    seen = record_requests(other)
    other.goto(place.room.get_absolute_url())
    expect(tray(other).get_by_role("progressbar")).to_be_visible()
    other.wait_for_timeout(300)
    assert seen == []  # while the first tab uploads it
    page.close()
    expect(uploaded(other)).to_have_count(1)


def test_a_refused_upload_says_why_and_can_be_retried_or_removed(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "refusal")
    page = place.visit(browser, "alice")
    answer_once(page, **answer(400, "name: No good."))
    choose_files(page, PHOTO)
    facts = tray(page).locator(".tray-facts")
    expect(facts).to_have_text("No good.")
    expect(page.locator("#tray-said")).to_have_text("photo.png not uploaded. No good.")
    page.fill("#content", "kept")
    page.press("#content", "Enter")
    expect(page.locator("#composer-hint")).to_have_text("A file was not uploaded: retry or remove it.")
    page.get_by_role("button", name="Retry photo.png").click()
    expect(uploaded(page)).to_have_count(1)
    page.unroute(UPLOADS)
    broken = PHOTO["buffer"][:200]
    choose_files(page, file("broken.png", broken, "image/png"))
    expect(page.locator(".tray-failed .tray-name")).to_have_text("broken.png")
    page.get_by_role("button", name="Remove broken.png").click()
    expect(page.locator("#content")).to_have_value("kept")
    page.press("#content", "Enter")
    expect(page.locator(".message[data-seq] .picture")).to_have_count(1)


def test_an_upload_waits_as_long_as_the_server_says_or_until_it_is_retried(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "busy")
    page = place.visit(browser, "alice")
    answer_once(page, **answer(429, "You upload too much.", **{"Retry-After": "3600"}))
    choose_files(page, PHOTO)
    expect(tray(page).locator(".tray-facts")).to_have_text("You upload too much.")
    page.get_by_role("button", name="Retry photo.png").click()
    expect(uploaded(page)).to_have_count(1)


def test_an_upload_goes_on_when_the_browser_is_online_again(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "offline")
    page = place.visit(browser, "alice")
    page.context.set_offline(True)
    choose_files(page, PHOTO)
    expect(tray(page).locator(".tray-facts")).to_contain_text("No connection.")
    page.context.set_offline(False)
    expect(uploaded(page)).to_have_count(1)


def test_an_upload_that_has_expired_begins_again(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "late")
    page = place.visit(browser, "alice")
    answer_once(page, **answer(404, "Upload not found, or it has expired."))
    seen = record_requests(page)
    choose_files(page, PHOTO)
    expect(uploaded(page)).to_have_count(1)
    assert seen == ["POST", "PATCH 0", "POST", "PATCH 0", "GET"]


def test_no_file_stays_in_the_browser_after_signing_out(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "gone")
    page = place.visit(browser, "alice")
    held = hold_parts(page)

    def without_https(route: Route) -> None:
        """Answer as where browsers ignore the header `Clear-Site-Data`."""
        response = route.fetch(max_redirects=0)
        headers = {name: value for name, value in response.headers.items() if name != "clear-site-data"}
        route.fulfill(response=response, headers=headers)

    page.route("**/accounts/logout/", without_https)
    choose_files(page, PHOTO)
    wait_until(page, lambda: kept(page) == 1)
    page.locator(".sidebar-me summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/")
    assert kept(page) == 0
    let_go(page, held)


def test_files_of_others_who_used_the_browser_are_removed(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "before")
    page = place.visit(browser, "alice")
    hold_parts(page)
    choose_files(page, PHOTO)
    wait_until(page, lambda: kept(page) == 1)
    page.context.add_cookies(place.context(browser, "bob").cookies())  # type: ignore[arg-type]
    page.reload()
    expect(page.locator("#here")).to_have_text("1 here")
    wait_until(page, lambda: kept(page) == 0)
    expect(tray(page)).to_have_count(0)


def make_other_room(place: Place) -> Room:
    """Create a second room of alice's."""
    return room_create(by=place.alice, name=f"{place.room.name}-2", title="Elsewhere")


def enter(page: Page, room: Room) -> None:
    """Go to a room by the sidebar."""
    page.locator(f"#sidebar [data-room='{room.name}'] a").click()
    page.wait_for_url(f"**{room.get_absolute_url()}")
    expect(page.locator("#here")).to_have_text("1 here")


def send_only_once(page: Page, place: Place, other: Room) -> None:
    """Send the message with the file, and check that it is in the room once, and nowhere else."""
    page.press("#content", "Enter")
    expect(page.locator(".message[data-seq] .file")).to_have_count(1)
    expect(tray(page)).to_have_count(0)
    assert stored(page, place) == LARGE["buffer"]
    assert kept(page) == 0
    page.reload()
    expect(page.locator("#here")).to_have_text("1 here")
    expect(tray(page)).to_have_count(0)
    assert list(Message.objects.filter(room=place.room).values_list("content", flat=True)) == ["with a file"]
    assert Attachment.objects.filter(room__in=[place.room, other]).count() == 1


@pytest.mark.parametrize("way", ["by the sidebar", "by the history", "by closing the tab"])
def test_an_upload_goes_on_when_one_comes_back_from_another_room(
    site: RunningServer, browser: Browser, way: str
) -> None:
    place = make_place(site, way.replace(" ", "-"))
    other = make_other_room(place)
    page = place.visit(browser, "alice")
    page.fill("#content", "with a file")
    held = hold_parts(page, at=4 * MIB)
    choose_files(page, LARGE)
    wait_until(page, lambda: len(held) == 1 and kept(page) == 1)
    if way == "by closing the tab":
        context = page.context
        held[0].abort()  # closing the tab alone would let it through
        page.close()
        page = context.new_page()
        page.goto(other.get_absolute_url())
    else:
        enter(page, other)
        page.unroute(UPLOADS)
    seen = record_requests(page)
    expect(tray(page)).to_have_count(0)
    say(page, "in between")
    expect(body(page, "in between")).to_have_count(1)
    assert seen == []
    assert kept(page) == 1
    held = hold_parts(page, at=8 * MIB)
    if way == "by the history":
        page.go_back()
    else:
        enter(page, place.room)
    expect(page.locator("#content")).to_have_value("with a file")
    wait_until(page, lambda: len(held) == 1)
    expect(tray(page).locator(".tray-name")).to_have_text("large.bin")
    progress = tray(page).get_by_role("progressbar", name="Uploading large.bin")
    wait_until(page, lambda: progress.evaluate("bar => bar.value") >= 8 * MIB)
    let_go(page, held)
    expect(uploaded(page)).to_have_count(1)
    assert seen == ["HEAD", "PATCH 4", "PATCH 8", "GET"]
    send_only_once(page, place, other)


def test_an_upload_that_ends_while_one_is_elsewhere_is_not_repeated(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "unanswered")
    other = make_other_room(place)
    page = place.visit(browser, "alice")
    page.fill("#content", "with a file")
    complete: list[Route] = []

    def lose_the_answer(route: Route) -> None:
        if route.request.headers.get("upload-offset") != str(8 * MIB):
            return route.continue_()
        assert route.fetch().ok
        return complete.append(route)

    page.route(UPLOADS, lose_the_answer)
    choose_files(page, LARGE)
    wait_until(page, lambda: len(complete) == 1)
    enter(page, other)
    seen = record_requests(page)
    enter(page, place.room)
    expect(uploaded(page)).to_have_count(1)
    assert seen == ["HEAD", "GET"]
    send_only_once(page, place, other)


def test_an_upload_over_a_slow_line_is_left_in_the_middle_of_a_part(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "slow-line")
    other = make_other_room(place)
    page = place.visit(browser, "alice")
    page.fill("#content", "with a file")
    devtools = page.context.new_cdp_session(page)
    line = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": MIB}
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", line)
    choose_files(page, LARGE)
    progress = tray(page).get_by_role("progressbar")
    for _ in range(3):
        before = progress.evaluate("bar => bar.value")
        wait_until(page, lambda before=before: progress.evaluate("bar => bar.value") > before)  # type: ignore[misc]
        enter(page, other)
        enter(page, place.room)
        expect(progress).to_be_visible()
    devtools.send("Network.emulateNetworkConditions", {**line, "uploadThroughput": -1})
    expect(uploaded(page)).to_have_count(1)
    send_only_once(page, place, other)


def test_the_browser_asks_before_a_file_is_left_that_it_can_not_keep(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "full-disk")
    other = make_other_room(place)
    page = place.context(browser, "alice").new_page()
    page.add_init_script("IDBObjectStore.prototype.put = () => { throw new DOMException('', 'QuotaExceededError'); }")
    page.goto(place.room.get_absolute_url())
    page.fill("#content", "with a file")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    held = hold_parts(page)
    choose_files(page, LARGE)
    wait_until(page, lambda: len(held) == 1)
    page.locator(f"#sidebar [data-room='{other.name}'] a").click()
    wait_until(page, lambda: asked == ["beforeunload"])
    let_go(page, held)
    expect(uploaded(page)).to_have_count(1)
    enter(page, other)  # now the server has it
    assert len(asked) == 1
    enter(page, place.room)
    expect(uploaded(page)).to_have_count(1)
    send_only_once(page, place, other)
