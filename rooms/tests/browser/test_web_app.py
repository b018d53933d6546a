"""The installed app: the service worker, its notifications and what it keeps, and the page of devices."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Worker, expect

from notifications.models import PushSubscription
from notifications.push.device_cookie import DEVICE_COOKIE
from notifications.services.push_subscriptions import push_turn_on
from notifications.tests.push_support import FIREFOX
from notifications.tests.push_support import Browser as Subscriber
from rooms.services.posting import message_post
from rooms.services.read_marks import read_mark_move
from rooms.tests.support.browsing import Place, make_place
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser

# In place of a push service: the browsers of tests are not connected to any.
SUBSCRIBE = """(subscription) => {
    const { endpoint, ...keys } = subscription;
    const made = { endpoint, toJSON: () => ({ endpoint, keys }), unsubscribe: async () => sessionStorage.clear() };
    PushManager.prototype.subscribe = async () => { sessionStorage.subscribed = "yes"; return made; };
    PushManager.prototype.getSubscription = async () => sessionStorage.subscribed ? made : null;
}"""


@pytest.fixture(scope="module")
def browser(whole_browser: Browser) -> Browser:
    """One that shows notifications."""
    return whole_browser


def app(place: Place, browser: Browser, name: str = "alice") -> tuple[BrowserContext, Page, Worker]:
    """Open the room in a browser with a running service worker, which may show notifications."""
    context = place.context(browser, name, service_workers="allow", permissions=["notifications"])
    page = context.new_page()
    page.goto(place.room.get_absolute_url())
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    page.wait_for_function("navigator.serviceWorker.controller?.state === 'activated'")
    (worker,) = context.service_workers
    return context, page, worker


def push(page: Page, url: str, data: str) -> None:
    """Let a push message arrive."""
    session = page.context.new_cdp_session(page)
    ids: list[str] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda found: ids.extend(found_ids(found)))
    session.send("ServiceWorker.enable")
    while not ids:
        page.wait_for_timeout(20)
    session.send("ServiceWorker.deliverPushMessage", {"origin": url, "registrationId": ids[-1], "data": data})
    session.detach()


def found_ids(found: dict[str, Any]) -> list[str]:
    """Return the ids of the registrations that an event names."""
    return [one["registrationId"] for one in found["registrations"] if not one["isDeleted"]]


MENTIONED = {
    "title": "bob mentioned you",
    "body": "come",
    "url": "/rooms/pushed/?message=1",
    "room": "pushed",
    "tag": "room-1",
    "badge": 3,
}
NOTIFICATIONS = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
    .map(({ title, body, tag, data, silent }) => ({ title, body, tag, data, silent }))"""


def shown(page: Page, wanted: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    """Wait until the notifications are as wanted, and return them."""
    for _ in range(750):  # 15 s
        found: list[dict[str, Any]] = page.evaluate(NOTIFICATIONS)
        if wanted(found):
            return found
        page.wait_for_timeout(20)
    raise AssertionError(found)


# In place of the desktop, which may take a notification away whenever it likes.
DESKTOP = """() => {
    const kept = new Map();
    registration.showNotification = async (title, options) => void kept.set(options.tag, { title, ...options });
    registration.getNotifications = async ({ tag }) => [...kept.values()].filter((one) => one.tag === tag);
    self.kept = () => [...kept.values()].map(({ title, body, tag, silent }) => ({ title, body, tag, silent }));
}"""


def test_a_push_shows_a_notification(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "pushed")
    _, page, _ = app(place, browser)
    for _ in range(3):  # Chromium on a busy machine takes some of them away at once
        push(page, site.url, json.dumps(MENTIONED | {"id": "1"}))
        with contextlib.suppress(AssertionError):
            (notification,) = shown(page, lambda found: len(found) == 1)
            break
    else:
        raise AssertionError("no notification stayed")
    assert notification == {
        "title": "bob mentioned you",
        "body": "come",
        "tag": "room-1",
        "data": {"url": "/rooms/pushed/?message=1", "room": "pushed", "id": "1"},
        "silent": False,
    }


def test_every_push_shows_a_notification_one_for_each_room(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "pushes")
    _, page, worker = app(place, browser)
    worker.evaluate(DESKTOP)
    first = {"title": "bob mentioned you", "body": "come", "tag": "room-1", "silent": False}
    second = first | {"tag": "room-2"}
    something = {"title": "Parlor", "body": "Something is new.", "tag": "news", "silent": False}
    twice = first | {"body": "twice", "silent": True}
    for data, expected in (
        (MENTIONED | {"id": "1"}, [first]),
        (MENTIONED | {"tag": "room-2", "id": "2"}, [first, second]),
        (MENTIONED | {"body": "twice", "id": "1"}, [twice, second]),  # delivered again: without a sound
        ("not JSON", [twice, second, something]),
    ):
        push(page, site.url, data if isinstance(data, str) else json.dumps(data))
        for _ in range(750):  # 15 s
            if (kept := worker.evaluate("self.kept()")) == expected:
                break
            page.wait_for_timeout(20)
        assert kept == expected


def test_a_click_shows_the_tab_of_the_room_or_opens_one(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "clicked")
    _, page, worker = app(place, browser)
    # Only a click by a person allows this.
    worker.evaluate("""() => {
        self.did = [];
        self.clients.openWindow = async (url) => self.did.push(`open ${url}`);
        WindowClient.prototype.focus = async function () { self.did.push(`focus ${this.url}`); };
    }""")
    for url in ("https://elsewhere.example/", "/rooms/clicked/?message=1", "/notifications/1/"):
        worker.evaluate(
            """async (url) => {
                await registration.showNotification("x", { tag: "x", data: { url } });
                const [notification] = await registration.getNotifications();
                self.dispatchEvent(new NotificationEvent("notificationclick", { notification }));
            }""",
            url,
        )
        shown(page, lambda found: len(found) == 0)
    while len(did := worker.evaluate("self.did")) < 2:
        page.wait_for_timeout(20)
    assert did == [
        f"focus {site.url}/rooms/clicked/",
        f"open {site.url}/notifications/1/",
    ]


def test_pages_close_notifications_of_rooms_that_have_been_read(site: RunningServer, browser: Browser) -> None:
    read, unread = make_place(site, "read"), make_place(site, "unread")
    _, page, _ = app(read, browser)
    page.goto("/notifications/")
    # In place of the desktop, as above.
    keep = """(shown) => {
        ServiceWorkerRegistration.prototype.getNotifications = async () =>
            Object.entries(shown).map(([tag, data]) => ({ tag, data, close: () => delete shown[tag] }));
        window.shown = shown;
    }"""
    notifications = {name: {"room": name} for name in ("read", "unread", "left")} | {"task": {}}
    for place in (read, unread):
        message_post(by=place.bob, room=place.room, content="hello")
        expect(page.locator(f'[data-room="{place.room.name}"]')).to_have_attribute("data-unread", "1")
    page.evaluate(keep, notifications)
    read_mark_move(user=read.alice, room=read.room, seq=1)  # on another device
    while page.evaluate("'read' in shown"):
        page.wait_for_timeout(50)
    assert page.evaluate("Object.keys(shown)") == ["unread", "left", "task"]
    page.goto(unread.room.get_absolute_url())
    page.evaluate(keep, notifications)
    page.evaluate("dispatchEvent(new Event('focus'))")
    while page.evaluate("'read' in shown || 'unread' in shown"):
        page.wait_for_timeout(50)
    assert page.evaluate("Object.keys(shown)") == ["left", "task"]


def test_only_hashed_static_files_and_the_offline_page_are_kept(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "kept")
    _, page, _ = app(place, browser)
    for path in (place.room.get_absolute_url(), "/", "/notifications/", "/devices/", "/accounts/profile/"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
    page.evaluate("fetch('/api/rooms/kept/messages/').then((answer) => answer.json())")
    kept: list[str] = page.evaluate(
        """async () => {
            const kept = [];
            for (const name of await caches.keys())
                for (const { url } of await (await caches.open(name)).keys()) kept.push(new URL(url).pathname);
            return kept;
        }"""
    )
    files = [path for path in kept if path != "/offline"]
    assert len(files) > 5
    assert all(re.fullmatch(r"/static/.+\.[0-9a-f]{12}\.\w+", path) for path in files), files
    page.goto("/offline")
    assert "alice" not in page.content()


def test_a_page_of_its_own_is_shown_while_the_server_is_away(place: Place, browser: Browser) -> None:
    _, page, _ = app(place, browser)
    place.server.close()
    page.goto("/rooms/hall/?message=1")
    expect(page.get_by_role("heading")).to_have_text("No connection")
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).borderRadius") != "0px"  # with its style
    place.server.start()
    expect(page.locator("#content")).to_be_visible()  # by itself
    assert page.url.endswith("/rooms/hall/?message=1")


def test_a_new_address_of_the_browser_is_sent_to_the_server(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "renewed")
    context, _, worker = app(place, browser)
    context.add_cookies([{"name": DEVICE_COOKIE, "value": "renewed", "url": site.url}])
    old, new = Subscriber(), Subscriber()
    device, _ = push_turn_on(user=place.alice, cookie="renewed", user_agent=FIREFOX, **old.subscription)
    with context.expect_event("response", lambda response: response.url.endswith("/devices/renew/")):
        worker.evaluate(
            """({ endpoint, ...keys }) => {
                const newSubscription = { toJSON: () => ({ endpoint, keys }) };
                self.dispatchEvent(Object.assign(new ExtendableEvent("pushsubscriptionchange"), { newSubscription }));
            }""",
            new.subscription,
        )
    device.refresh_from_db()
    assert device.endpoint == new.endpoint


def devices_page(place: Place, browser: Browser, script: str = "", **options: Any) -> Page:
    """Open the page of devices in a browser that a script has changed."""
    context = place.context(browser, "bob", service_workers="allow", **options)
    page = context.new_page()
    page.add_init_script(script)
    page.goto("/devices/")
    return page


def test_notifications_are_turned_on_and_off_and_signing_out_drops_the_device(
    site: RunningServer, browser: Browser
) -> None:
    place = make_place(site, "devices")
    devices = PushSubscription.objects.filter(user=place.bob)
    script = f"({SUBSCRIBE})({json.dumps(Subscriber().subscription)})"
    page = devices_page(place, browser, script, permissions=["notifications"])
    for _ in range(2):
        expect(page.locator("#state")).to_have_text("Notifications are off.")
        page.get_by_role("button", name="Turn on notifications").click()
        expect(page.locator("#state")).to_have_text("Notifications are on.")
        expect(page.locator(".device")).to_contain_text("Chrome on Linux this browser")
        assert devices.get().name == "Chrome on Linux"
        page.get_by_role("button", name="Turn off notifications").click()
        expect(page.locator("#state")).to_have_text("Notifications are off.")
        assert not devices.exists()
    page.get_by_role("button", name="Turn on notifications").click()
    expect(page.locator("#state")).to_have_text("Notifications are on.")
    page.goto("/")
    page.locator(".sidebar-me summary").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    assert not devices.exists()


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("Object.defineProperty(Notification, 'permission', { get: () => 'denied' })", "are blocked in this browser"),
        ("Object.defineProperty(window, 'isSecureContext', { get: () => false })", "opened over http"),
        ("delete window.PushManager", "This browser can't show notifications"),
        (
            "delete window.PushManager; Object.defineProperty(navigator, 'userAgent', { get: () => 'iPhone' })",
            "add Parlor to the home screen",
        ),
    ],
    ids=["denied", "http", "unable", "iphone"],
)
def test_the_page_says_why_there_can_be_no_notifications(
    site: RunningServer, browser: Browser, script: str, sentence: str, request: pytest.FixtureRequest
) -> None:
    place = make_place(site, f"why-{request.node.callspec.id}")
    page = devices_page(place, browser, script)
    expect(page.locator("#state")).to_contain_text(sentence)
    expect(page.locator("#help")).to_be_visible()
    expect(page.get_by_role("button", name="Turn on notifications")).to_be_hidden()


def test_a_browser_without_a_push_service_says_so(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "no-service")
    page = devices_page(place, browser, permissions=["notifications"])
    page.get_by_role("button", name="Turn on notifications").click()
    expect(page.locator("#state")).to_have_text("The browser could not reach its push service.")


def test_the_app_can_be_installed(site: RunningServer, browser: Browser) -> None:
    place = make_place(site, "installed")
    context, page, _ = app(place, browser)
    answer = context.new_cdp_session(page).send("Page.getAppManifest")
    assert answer["errors"] == []
    manifest = json.loads(answer["data"])
    assert (manifest["start_url"], manifest["scope"], manifest["display"]) == ("/", "/", "standalone")
    for icon in manifest["icons"]:
        size = page.evaluate(
            """(src) => new Promise((resolve, reject) => {
                const image = Object.assign(new Image(), { src, onerror: reject });
                image.onload = () => resolve(`${image.naturalWidth}x${image.naturalHeight}`);
            })""",
            icon["src"],
        )
        assert size == icon["sizes"]
    assert {icon["purpose"] for icon in manifest["icons"]} == {"any", "maskable"}
