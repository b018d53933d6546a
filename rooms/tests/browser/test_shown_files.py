"""Files of messages in a real browser: how they stand in the list, the viewer, deleting one, and the list of files."""

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from rooms.models import Attachment, Message
from rooms.services.attachments import attachment_delete
from rooms.services.messages import message_delete
from rooms.services.posting import message_post
from rooms.tests.support.browsing import Place, body, make_place, read_all
from rooms.tests.support.files import post_files, sound
from rooms.tests.support.images import BLUE, GREEN, RED, image
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser
THUMBNAILS = re.compile(r"/files/[^/]+/thumbnail")
LAYOUT_SHIFTS = """window.moved = []; new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
        for (const { node, previousRect, currentRect } of entry.sources)
            window.moved.push([node?.className, entry.value, JSON.stringify([previousRect, currentRect])]);
}).observe({type: "layout-shift", buffered: true})"""


def post(place: Place, *files: tuple[str, bytes], content: str = "") -> Message:
    """Post a message of alice's."""
    return post_files(place.server, place.alice, place.room, *files, content=content)


def choose(page: Page, seq: int, item: str) -> None:
    """Open a message's menu by keyboard and choose an item."""
    page.locator(f"#message-{seq}").focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name=item, exact=True).click()


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_moves_when_pictures_load(site: RunningServer, browser: Browser, width: int) -> None:
    place = make_place(site, f"still-{width}")
    post(place, ("wide.png", image(RED, size=(1000, 333))))
    post(place, ("tall.png", image(GREEN, size=(333, 1000))), content="tall")
    post(place, *((f"{number}.png", image(BLUE, size=(40 + number, 30))) for number in range(3)))
    message_post(by=place.alice, room=place.room, content="below")
    read_all(place.room)
    page = place.context(browser, "bob", width).new_page()
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(THUMBNAILS, hold)
    page.add_init_script(LAYOUT_SHIFTS)
    page.goto(place.room.get_absolute_url(), wait_until="domcontentloaded")
    expect(page.locator("#here")).to_have_text("1 here")
    page.evaluate("document.getElementById('scroller').scrollTop = -1e6")
    page.evaluate("document.getElementById('scroller').scrollTop = 0")
    boxes = "all => all.map(each => JSON.stringify(each.getBoundingClientRect()))"
    parts = ".message, .picture-link, .picture-placeholder"
    before = page.eval_on_selector_all(parts, boxes)
    expect(page.locator(".picture-placeholder")).to_have_count(5)
    for route in held:
        route.continue_()
    page.unroute(THUMBNAILS)
    page.evaluate("for (const each of document.querySelectorAll('.picture-image')) each.loading = 'eager'")
    expect(page.locator(".picture-loaded")).to_have_count(5)
    assert page.eval_on_selector_all(parts, boxes) == before
    assert page.evaluate("window.moved") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_animations_stand_still_for_those_who_prefer_it(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "motion")
    post(place, ("dance.gif", image(RED, GREEN, BLUE, form="GIF", duration=100)))
    read_all(place.room)
    for motion, end in (("no-preference", "/dance.gif"), ("reduce", "/thumbnail/")):
        page = place.visit(browser, "bob", reduced_motion=motion)
        expect(page.locator(".picture-loaded")).to_have_count(1)
        assert page.locator(".picture-image").evaluate("each => each.currentSrc").endswith(end)


def test_sound_is_played_and_other_files_are_downloaded_with_their_name(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "others")
    post(place, ("voice.wav", sound()), ("page.html", b"<!doctype html><p>Hello</p>"))
    read_all(place.room)
    page = place.visit(browser, "bob")
    player = page.locator("audio")
    player.evaluate("audio => audio.play()")
    expect(player).to_have_js_property("ended", True)
    expect(page.locator(".file-facts")).to_have_text(["WAV · 4.0 kB", "HTML · 27 bytes"])
    with page.expect_download() as download:
        page.get_by_role("link", name="Download page.html").click()
    assert download.value.suggested_filename == "page.html"
    url = page.get_by_role("link", name="page.html", exact=True).get_attribute("href") or ""
    assert page.request.get(url).headers["content-disposition"].startswith("attachment")


def test_the_viewer_moves_through_the_pictures_by_keyboard(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "viewer")
    post(place, ("one.png", image(RED, size=(3000, 2000))), ("two.png", image(GREEN)))
    message_post(by=place.bob, room=place.room, content="between")
    post(place, ("three.png", image(BLUE)), content="last")
    read_all(place.room)
    page = place.visit(browser, "bob")
    viewer, name = page.locator("#viewer"), page.locator("#viewer-name")
    link = page.get_by_role("link", name="two.png")
    link.focus()
    page.keyboard.press("Enter")
    expect(viewer).to_be_visible()
    expect(name).to_have_text("two.png")
    expect(viewer).to_contain_text("alice")
    picture = viewer.get_by_role("img", name="two.png")
    expect(picture).to_have_attribute("src", re.compile(r"/two\.png$"))
    page.keyboard.press("ArrowRight")
    expect(name).to_have_text("three.png")
    expect(viewer.locator(".viewer-next")).to_be_disabled()
    page.keyboard.press("ArrowRight")
    expect(name).to_have_text("three.png")
    page.keyboard.press("Home")
    expect(name).to_have_text("one.png")
    expect(viewer.locator(".viewer-picture")).to_have_attribute("src", re.compile(r"/one\.png$"))
    fitting = viewer.locator(".viewer-picture").bounding_box()
    assert fitting is not None
    assert fitting["width"] <= 1280
    viewer.locator(".viewer-toggle").click()
    actual = viewer.locator(".viewer-picture").bounding_box()
    assert actual is not None
    assert actual["width"] == 3000
    viewer.locator(".viewer-toggle").click()
    with page.expect_download() as download:
        viewer.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "one.png"
    page.keyboard.type("x")
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    expect(link).to_be_focused()
    expect(page.locator("#content")).to_have_value("")
    page.get_by_role("link", name="three.png").click()
    viewer.get_by_role("link", name="Open message").click()
    expect(viewer).to_be_hidden()
    expect(page.locator("#message-3")).to_be_focused()
    page.get_by_role("link", name="three.png").click()
    message_delete(by=place.alice, room=place.room, seq=3)
    expect(viewer).to_be_hidden()


def test_the_viewer_fits_a_phone(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "phone")
    post(place, ("a-very-long-name-of-a-picture-that-does-not-fit.png", image(RED, size=(2000, 900))))
    read_all(place.room)
    page = place.visit(browser, "bob", 360, has_touch=True, is_mobile=True)
    page.locator(".picture-link").tap()
    expect(page.locator("#viewer")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for control in page.locator("#viewer :is(a, button):visible").all():
        box = control.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
    page.get_by_role("button", name="Close").tap()
    expect(page.locator("#viewer")).to_be_hidden()


def touch(page: Page, *fingers: tuple[int, int, int, int]) -> None:
    """Move fingers over the page: from x and y to x and y."""
    devtools = page.context.new_cdp_session(page)
    steps = [
        [
            {"x": x + (to_x - x) * step / 8, "y": y + (to_y - y) * step / 8, "id": number}
            for number, (x, y, to_x, to_y) in enumerate(fingers)
        ]
        for step in range(9)
    ]
    devtools.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": steps[0]})
    for points in steps[1:]:
        devtools.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points})
    devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    devtools.detach()


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_the_viewer_is_used_with_fingers(site: RunningServer, browser: Browser, motion: str) -> None:
    place = make_place(site, f"fingers-{motion}")
    post(place, ("one.png", image(RED, size=(2000, 900))), ("two.png", image(GREEN, size=(2000, 900))))
    read_all(place.room)
    page = place.visit(browser, "bob", 360, has_touch=True, is_mobile=True, reduced_motion=motion)
    viewer, name = page.locator("#viewer"), page.locator("#viewer-name")
    page.locator(".picture-link").first.tap()
    expect(name).to_have_text("one.png")
    page.touchscreen.tap(180, 640)
    expect(viewer).to_be_hidden()
    page.locator(".picture-link").first.tap()
    expect(viewer).to_be_visible()
    touch(page, (250, 380, 60, 390))
    expect(name).to_have_text("two.png")
    touch(page, (60, 380, 250, 370))
    expect(name).to_have_text("one.png")
    touch(page, (180, 400, 180, 240))
    touch(page, (180, 380, 200, 390))
    expect(name).to_have_text("one.png")
    assert viewer.locator("img").evaluate("picture => picture.style.translate") == ""
    touch(page, (180, 340, 190, 500))
    expect(viewer).to_be_hidden()
    page.locator(".picture-link").first.click()
    expect(viewer).to_be_visible()
    touch(page, (170, 380, 70, 380), (190, 380, 290, 380))
    expect(viewer.locator(".viewer-stage")).to_have_class(re.compile("viewer-zoomed"))
    assert page.evaluate("visualViewport.scale") > 1.5
    touch(page, (250, 380, 60, 390))
    expect(name).to_have_text("one.png")


def test_one_file_of_a_message_is_deleted_for_everybody(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "one-file")
    post(place, ("keep.png", image(RED)), ("drop.png", image(GREEN)), ("too.txt", b"words"))
    page, bob = place.visit(browser, "alice"), place.visit(browser, "bob")
    expect(bob.locator("#here")).to_have_text("2 here")
    bob.locator("#message-1").focus()
    bob.keyboard.press("Enter")
    expect(bob.get_by_role("menuitem", name="Delete file")).to_be_hidden()
    bob.keyboard.press("Escape")
    url = bob.get_by_role("link", name="drop.png").get_attribute("href") or ""
    assert bob.request.get(url).status == 200
    choose(page, 1, "Delete file")
    dialog = page.locator("#delete-file")
    expect(dialog.get_by_role("radio")).to_have_count(3)
    dialog.get_by_label("drop.png").check()
    dialog.get_by_role("button", name="Delete file").click()
    for each in (page, bob):
        expect(each.locator("[data-file]")).to_have_count(2)
        expect(each.get_by_role("link", name="drop.png")).to_have_count(0)
    assert bob.request.get(url).status == 404
    for name in ("keep.png", "too.txt"):
        choose(page, 1, "Delete file")
        dialog.get_by_label(name).check()
        dialog.get_by_role("button", name="Delete file").click()
        expect(bob.locator(f"[data-name='{name}']")).to_have_count(0)
    expect(bob.locator("#message-1")).to_have_class(re.compile("message-deleted"))
    assert not Attachment.objects.filter(room=place.room).exists()


def test_the_files_of_a_room_are_listed_with_their_messages(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "list")
    page = place.visit(browser, "bob")
    page.get_by_role("link", name="Files", exact=True).click()
    expect(page.get_by_text("No files yet.")).to_be_visible()
    post(place, ("first.png", image(RED)), content="see")
    for number in range(5):
        names = [(f"{number}-{place}.txt", b"x") for place in range(10)]
        post(place, *names)
    page.reload()
    rows = page.locator(".room-file")
    expect(rows).to_have_count(50)
    expect(rows.first).to_contain_text("4-0.txt")
    expect(rows.first).to_contain_text("alice")
    page.get_by_role("link", name="Older files").click()
    expect(rows).to_have_count(1)
    rows.get_by_role("link", name="Open message").click()
    expect(page.locator("#message-1")).to_be_focused()
    expect(body(page, "see")).to_be_in_viewport()
    page.go_back()
    page.get_by_role("link", name="Newest files").click()
    expect(rows).to_have_count(50)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download 4-0.txt").click()
    assert download.value.suggested_filename == "4-0.txt"
    assert page.request.get(f"{place.room.get_absolute_url()}files/?before=x").status == 404


def test_the_list_of_files_follows_what_is_posted_and_deleted(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "live-list")
    post(place, *((f"{number}.txt", b"x") for number in range(9)))
    for number in range(5):
        post(place, *((f"{number}-{place}.txt", b"x") for place in range(9)))
    page = place.visit(browser, "bob", path=f"{place.room.get_absolute_url()}files/")
    names = page.locator(".room-file-name")
    expect(names).to_have_count(50)
    older = page.context.new_page()
    older.goto(place.room.get_absolute_url() + "files/")
    older.get_by_role("link", name="Older files").click()
    expect(older.locator(".room-file-name")).to_have_text(["5.txt", "6.txt", "7.txt", "8.txt"])
    posted = post(place, ("new.png", image(RED)), ("second.txt", b"x"))
    expect(names.nth(0)).to_have_text("new.png")
    expect(names.nth(1)).to_have_text("second.txt")
    expect(names).to_have_count(50)
    file = Attachment.objects.get(message=posted, name="new.png")
    attachment_delete(by=place.alice, room=place.room, seq=posted.seq, attachment_id=file.public_id)
    expect(names.nth(0)).to_have_text("second.txt")
    message_delete(by=place.alice, room=place.room, seq=posted.seq)
    expect(names.nth(0)).to_have_text("4-0.txt")
    expect(page.locator("time").first).not_to_have_text(re.compile("^20"))
    message_delete(by=place.alice, room=place.room, seq=1)
    expect(older.locator(".room-file-name")).to_have_count(0)
    expect(older.get_by_role("link", name="Newest files")).to_be_visible()
    expect(page.get_by_role("link", name="Older files")).to_have_count(0)
    expect(names).to_have_count(45)
