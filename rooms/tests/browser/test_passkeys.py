"""Creating a passkey and signing in with it alone, in a real browser with a virtual authenticator."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from rooms.tests.support.browsing import PASSWORD, make_place
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.browser
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_a_passkey_is_created_and_signs_in_by_itself(site: RunningServer, browser: Browser) -> None:
    make_place(site, "keys")  # otherwise the first page would be that of the set-up
    # Passkeys belong to a name, not to an address.
    home = site.url.replace("127.0.0.1", "localhost")
    context = browser.new_context(base_url=home, service_workers="block")
    page = context.new_page()
    chromium = context.new_cdp_session(page)
    chromium.send("WebAuthn.enable")
    chromium.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    page.goto("/accounts/signup/")
    page.get_by_label("Username").fill("keyholder")
    page.locator("[name=password1]").fill(PASSWORD)
    page.locator("[name=password2]").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url(f"{home}/")
    page.goto("/accounts/security/passkeys/")
    page.get_by_label("Name").fill("My laptop")
    page.get_by_role("button", name="Create passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have saved them").click()
    expect(page.get_by_text("My laptop")).to_be_visible()
    sign_out(page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{home}/")
    sign_out(page)
    give_password(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"{home}/")
    context.close()


def give_password(page: Page) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Username").fill("keyholder")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_load_state()


def sign_out(page: Page) -> None:
    page.context.clear_cookies()
    page.goto("/accounts/login/")
