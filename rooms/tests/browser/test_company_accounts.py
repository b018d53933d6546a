"""Signing in with a company account in a browser: the way there and back through its rules for forms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, expect

from rooms.tests.support.clients import person
from rooms.tests.support.identity_provider import identity_provider, needs_issuer
from rooms.tests.support.servers import RunningServer


@needs_issuer
def test_the_button_leads_to_the_company_and_back(
    server_factory: Callable[..., RunningServer], collected_static: Path, browser: Browser
) -> None:
    person("olga")
    server = server_factory("uvicorn", env={"DATA_DIR": str(collected_static), "OIDC_NAME": "Example Ltd"})
    address = f"{server.url}/accounts/company/"
    with identity_provider(f"{address}callback/", f"{address}sign-out/") as provider:
        provider.control(people={"1": {"preferred_username": "ada", "name": "Ada Lovelace"}}, who="1")
        server.env |= provider.environment()
        server.restart()
        page = browser.new_page()
        page.goto(f"{server.url}/accounts/profile/")
        page.get_by_role("button", name="Sign in with Example Ltd").click()
        expect(page.get_by_role("heading", name="Your profile")).to_be_visible()
        expect(page.get_by_text("@ada")).to_be_visible()
        page.close()
