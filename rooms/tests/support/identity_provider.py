"""A company's sign-in that others wrote: the OpenID Connect issuer oidc-provider, in a process of its own."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.conf import settings
from django.test import Client

from chatproject.installation.company_accounts import Oidc
from rooms.models import User
from rooms.services.company_checks import check_claim, check_finish, check_make
from rooms.tests.support.servers import free_port

FOLDER = settings.BASE_DIR / "rooms/tests/identity_provider"
NODE = shutil.which("node")
needs_issuer = pytest.mark.skipif(
    NODE is None or not (FOLDER / "node_modules").exists(), reason="needs Node 20, and scripts/test to install it"
)
HERE = "http://testserver"
SECRET = "the secret of the client"


class IdentityProvider:
    """The issuer. `people` are its accounts by their subjects, with their claims; `disabled` ones can't sign in."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.oidc = Oidc(
            issuer=self.url,
            client_id="parlor",
            client_secret=SECRET,
            name="Example Ltd",
            scopes=("openid", "profile", "email", "offline_access"),
            parameters={"prompt": "consent"},
            groups_claim=("groups",),
            private=True,
        )

    def environment(self) -> dict[str, str]:
        """Return the variables with which a server uses it."""
        return {
            "OIDC_ISSUER": self.url,
            "OIDC_CLIENT_ID": self.oidc.client_id,
            "OIDC_CLIENT_SECRET": self.oidc.client_secret,
            "OIDC_PRIVATE": "yes",
        }

    def control(self, **changes: Any) -> dict[str, Any]:
        """Change its state."""
        answer = httpx.post(f"{self.url}/control", json=changes, timeout=20)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def authorize(self, url: str) -> str:
        """Sign in there as `who`; return where that leads, at Parlor."""
        with httpx.Client(timeout=20) as browser:
            for _ in range(10):
                answer = browser.get(url)
                assert answer.is_redirect, answer.text
                url = str(httpx.URL(url).join(answer.headers["Location"]))
                if not url.startswith(self.url):
                    return url
        raise AssertionError(url)


@contextmanager
def identity_provider(callback: str, sign_out: str = f"{HERE}/sign-out") -> Iterator[IdentityProvider]:
    """Run it, for a Parlor with this callback and sign-out address."""
    port = free_port()
    assert NODE is not None
    command = [NODE, "server.mjs", str(port), callback, sign_out]
    with subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout is not None
            while line := process.stdout.readline():
                if line == b"ready\n":
                    break
            assert process.poll() is None
            yield IdentityProvider(port)
        finally:
            process.kill()


def destination(page: str) -> str:
    """Return where the page that follows the button sends the browser."""
    found = re.search(r'content="0;url=([^"]+)"', page)
    assert found is not None, page
    return html.unescape(found[1])


def begin(browser: Client, address: str = "/accounts/company/sign-in/", **fields: str) -> str:
    """Press the button in a browser of Django's; return the address at the issuer."""
    answer = browser.post(address, fields)
    assert answer.status_code == 200, (answer.status_code, answer.content)
    return destination(answer.content.decode())


def arrive(browser: Client, url: str) -> Any:
    """Open the address to which the issuer has sent the browser, and return the answer."""
    parts = urlsplit(url)
    assert f"{parts.scheme}://{parts.netloc}" == HERE, url
    return browser.get(f"{parts.path}?{parts.query}")


def sign_in(provider: IdentityProvider, who: str, browser: Client | None = None, **fields: str) -> Client:
    """Sign in with a company account, and return the browser."""
    browser = browser or Client()
    provider.control(who=who)
    answer = arrive(browser, provider.authorize(begin(browser, **fields)))
    assert answer.status_code == 302, answer.content.decode()
    return browser


def user_of(browser: Client) -> User | None:
    """Return who is signed in in a browser of Django's."""
    user = browser.get("/api/me/")
    return User.objects.get(username=user.json()["user_name"]) if user.status_code == 200 else None


def run_checks() -> None:
    """Make all checks that are due."""
    while (company := check_claim()) is not None:
        check_finish(company, check_make(company))
