"""Inviting by e-mail: from the page over a real mail server to a new account in the room."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from rooms.models import Room
from rooms.services.rooms import room_update
from rooms.tests.browser.test_accessibility import NARROW, WIDE, check_page
from rooms.tests.support.browsing import PASSWORD, make_place
from rooms.tests.support.mail_server import MailServer
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser


def test_people_are_invited_by_mail_and_accept(
    server_factory: Callable[..., RunningServer], collected_static: Path, browser: Browser
) -> None:
    mails = MailServer()
    mails.start()
    try:
        environment = {
            "DATA_DIR": str(collected_static),
            "SIGNUP_OPEN": "no",
            "EMAIL_URL": f"smtp://127.0.0.1:{mails.port}",
            "PUBLIC_URL": "http://chat.example.org",
        }
        place = make_place(server_factory("uvicorn", environment), "mailed")
        room_update(by=place.alice, room=place.room, kind=Room.Kind.PRIVATE)
        owner = place.visit(browser, "alice", 320, path="/rooms/mailed/invite-links/", reduced_motion="reduce")
        owner.get_by_label("Email addresses").fill("Newt <newt@example.org>, nobody")
        owner.get_by_role("button", name="Send invitations").click()
        field = owner.get_by_label("Email addresses")
        expect(field).to_have_value("Newt <newt@example.org>, nobody")
        expect(field).to_have_accessible_description(re.compile("1 of these is not an email address: “nobody”."))
        field.fill("Newt <newt@example.org>\nother@example.org")
        owner.get_by_role("button", name="Send invitations").click()
        expect(owner.locator(".notices")).to_contain_text("2 people invited by email.")
        assert check_page(owner, WIDE, NARROW) == []
        while len(mails.mails) < 2:
            owner.wait_for_timeout(100)

        mail = next(one for one in mails.mails if one["To"] == "newt@example.org")
        page = mail.get_body(("html",))
        assert page is not None
        newcomer = browser.new_context(base_url=place.server.url).new_page()
        newcomer.set_content(page.get_content())
        address = newcomer.get_by_role("link", name="Accept invitation").get_attribute("href")
        assert address is not None
        newcomer.goto(address.removeprefix("http://chat.example.org"))
        newcomer.get_by_role("link", name="Create account").click()
        newcomer.get_by_label("Username").fill("newt")
        newcomer.get_by_label("Password", exact=True).fill(PASSWORD)
        newcomer.get_by_label("Password confirmation").fill(PASSWORD)
        newcomer.get_by_role("button", name="Create account").click()
        expect(newcomer.locator("#room-title")).to_have_text("The hall")

        owner.reload()
        expect(owner.locator(".invite-link", has_text="newt@example.org")).to_contain_text("Accepted")
        owner.get_by_role("button", name="Revoke the invitation to other@example.org").click()
        owner.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        expect(owner.locator(".notices")).to_contain_text("Invitation revoked.")
        expect(owner.locator(".invite-link")).to_have_count(1)
    finally:
        mails.stop()
