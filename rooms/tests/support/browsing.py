"""Support for browser tests: a server with a room and two users, and helpers to use its pages."""

from __future__ import annotations

import re
from typing import NamedTuple

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Locator, Page, WebSocketRoute

from rooms.models import Room, User
from rooms.services.accounts import account_create, first_admin_create
from rooms.services.members import member_join
from rooms.services.rooms import room_create
from rooms.tests.support.servers import RunningServer

PASSWORD = "a-good-password"


class Place(NamedTuple):
    """A running server with a room and two users in it."""

    server: RunningServer
    room: Room
    alice: User
    bob: User

    def context(self, browser: Browser, name: str, width: int = 1280, **options: object) -> BrowserContext:
        """Return a browser context of that user; `options` are Playwright's."""
        client = Client()  # signing in with the form is slow, and this process uses its own password hasher
        client.force_login(User.objects.get(username=name))
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        viewport = {"width": width, "height": 740}
        options = {"service_workers": "block", **options}  # it would take requests from the routes of tests
        context = browser.new_context(base_url=self.server.url, **{"viewport": viewport, **options})  # type: ignore[arg-type]
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": self.server.url}])
        context.set_default_timeout(30_000)
        return context

    def visit(self, browser: Browser, name: str, width: int = 1280, path: str = "", **options: object) -> Page:
        """Open the room, or another page, in a browser context of that user."""
        page = self.context(browser, name, width, **options).new_page()
        page.goto(path or self.room.get_absolute_url())
        return page


def make_place(server: RunningServer, room_name: str = "hall") -> Place:
    """Create alice's room "The hall" with bob in it, and both users if needed.

    Undoes changes of their names by other tests of the module.
    """
    User.objects.update(display_name="", picture_digest="")
    alice, bob = (User.objects.filter(username=name).first() for name in ("alice", "bob"))
    alice = alice or first_admin_create(username="alice", password=PASSWORD)
    bob = bob or account_create(username="bob", password=PASSWORD)
    User.objects.update(time_zone="UTC")  # else the first page that they open would send it
    room = room_create(by=alice, name=room_name, title="The hall")
    member_join(user=bob, room=room)
    return Place(server, room, alice, bob)


def read_all(room: Room) -> None:
    """Mark all messages as read by everybody, so that the page opens at the bottom."""
    room.refresh_from_db()
    room.memberships.update(read_seq=room.last_seq)


def say(page: Page, text: str) -> None:
    """Type a message and send it, once the page's script runs: before, Enter inserts a line break."""
    page.wait_for_load_state()
    page.fill("#content", text)
    page.press("#content", "Enter")


def bodies(page: Page) -> list[str]:
    """Return the texts of the messages on the page, from top to bottom."""
    return [text.strip() for text in page.locator(".message-body").all_inner_texts()]


def body(page: Page, text: str) -> Locator:
    """Return the message with exactly this text."""
    return page.locator(".message-body", has_text=re.compile(f"^{re.escape(text)}$"))


class Line:
    """Controls the sockets of a browser's pages, which can be cut and restored. Create it before opening a page."""

    def __init__(self, context: BrowserContext) -> None:
        self.sockets: list[WebSocketRoute] = []
        self.whole = True
        self.slow = False
        context.route_web_socket(re.compile("/ws/"), self._open)

    def _open(self, socket: WebSocketRoute) -> None:
        if self.slow:
            self.sockets.append(socket)
        elif self.whole:
            socket.connect_to_server()
            self.sockets.append(socket)
        else:
            socket.close(code=1012)

    def cut(self) -> None:
        """Close all sockets, and each new one at once."""
        self.whole = False
        while self.sockets:
            self.sockets.pop().close(code=1012)

    def mend(self) -> None:
        """Let new sockets through."""
        self.whole = True

    def hold(self) -> None:
        """Leave new sockets open without an answer, until `release`."""
        self.slow = True

    def release(self) -> None:
        """Connect the sockets that were held."""
        self.slow = False
        for socket in self.sockets:
            socket.connect_to_server()
