"""docs/security.md names tests that exist, and statements of it that concern the whole installation."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable
from http.cookies import Morsel, SimpleCookie
from pathlib import Path

import httpx
import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client as DjangoClient

from rooms.models import User
from rooms.services.accounts import first_admin_create
from rooms.services.posting import message_post
from rooms.services.rooms import room_create
from rooms.tests.support.clients import database, person
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.any_database
Factory = Callable[..., RunningServer]
PAGE = (settings.BASE_DIR / "docs/security.md").read_text()
PASSWORD = "a-good-password"
HOST = "chat.example.org"
PRODUCTION = {
    "HTTPS": "yes",
    "TRUSTED_PROXIES": "127.0.0.1",
    "ALLOWED_HOSTS": f"{HOST},127.0.0.1",
    "PUBLIC_URL": f"https://{HOST}",
}


# --- The page ----------------------------------------------------------------------------------------------------


def named_tests() -> list[tuple[str, str]]:
    """Return the tests that the table names, each with its file."""
    found, file = [], ""
    for word in re.findall(r"`([^`\s]+)`", PAGE.partition("## What is promised")[2].partition("\n## ")[0]):
        if word.endswith(".py"):
            file = word
        elif word.startswith("test_"):
            found.append((file, word))
    return found


def test_every_test_that_the_page_names_exists() -> None:
    tests = named_tests()
    assert len(tests) > 50
    for file, name in tests:
        tree = ast.parse((settings.BASE_DIR / file).read_text())
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert name in functions, f"{file} has no {name}"


def test_every_statement_has_a_test_and_a_requirement() -> None:
    table = PAGE.partition("## What is promised")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 20
    for row in rows:
        statement, requirements, tests = (cell.strip() for cell in row.strip("|").split("|"))
        assert "`test_" in tests, statement
        assert re.fullmatch(r"(v5\.0\.0-\d+\.\d+\.\d+(, )?)+|none", requirements), statement


# --- Secrets -----------------------------------------------------------------------------------------------------


def test_no_secret_is_in_the_settings() -> None:
    secret = re.compile(r"SECRET|PASSWORD$|TOKEN$|SETUP_CODE|_URL$")
    tree = ast.parse((settings.BASE_DIR / "chatproject/settings.py").read_text())
    assigned = {
        target.id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and secret.search(target.id)
    }
    assert {"SECRET_KEY", "METRICS_TOKEN", "SETUP_CODE"} <= assigned.keys()
    texts = {name for name, value in assigned.items() if isinstance(value, ast.Constant) and value.value}
    assert texts <= {"STATIC_URL", "LOGIN_URL", "LOGIN_REDIRECT_URL", "LOGOUT_REDIRECT_URL"}


# --- What browsers are told --------------------------------------------------------------------------------------


def policy_of(header: str) -> dict[str, list[str]]:
    """Return the sources of each directive of a Content-Security-Policy."""
    parts = [directive.split() for directive in header.split(";") if directive.strip()]
    return {name: sources for name, *sources in parts}


@pytest.mark.django_db
def test_every_page_has_a_strict_policy_and_nothing_inline_even_in_the_admin() -> None:
    alice = first_admin_create(username="alice", password=PASSWORD)
    room = room_create(by=alice, name="den", title="The den")
    message = message_post(by=alice, room=room, content="hello").message
    client = DjangoClient()
    client.force_login(alice)
    pages = ["/", "/rooms/den/", "/rooms/den/settings/", "/accounts/profile/", "/search/?q=hello", "/nothing/"]
    pages += ["/api/docs/", "/api/rooms/", "/admin/", "/admin/rooms/message/", "/admin/rooms/user/add/"]
    pages += [f"/admin/rooms/message/{message.pk}/change/", f"/admin/rooms/room/{room.pk}/delete/", "/ping"]
    for path in pages:
        response = client.get(path)
        policy = policy_of(response["Content-Security-Policy"])
        assert policy["default-src"] == ["'self'"], path
        assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"], path
        assert not {"script-src", "script-src-elem", "style-src"} & policy.keys(), path
        assert not [source for sources in policy.values() for source in sources if "unsafe" in source], path
        page = response.content.decode()
        assert re.findall(r"<script(?![^>]*\ssrc=)(?![^>]*type=\"application/json\")[^>]*>", page) == [], path
        assert "<style" not in page, path
        assert re.findall(r"<[^>]+\son\w+=", page) == [], path


def admin() -> User:
    user = person("root", is_staff=True, is_superuser=True)
    user.password = make_password(PASSWORD, hasher="pbkdf2_sha256")  # the server does not have the tests' hasher
    user.save()
    return user


def cookies_of(response: httpx.Response) -> dict[str, Morsel[str]]:
    """Return the cookies that a response sets."""
    found: dict[str, Morsel[str]] = {}
    for header in response.headers.get_list("Set-Cookie"):
        found.update(SimpleCookie(header))
    return found


async def test_in_production_cookies_are_for_https_only_and_scripts_cannot_read_the_session(
    server_factory: Factory, collected_static: Path
) -> None:
    server = server_factory("uvicorn", env={**PRODUCTION, "DATA_DIR": str(collected_static)})
    user = await database(admin)
    proxied = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
    async with httpx.AsyncClient(base_url=server.url, headers=proxied) as http:
        page = await http.get("/accounts/login/")
        cookies = cookies_of(page)
        sent = "; ".join(f"{name}={cookie.value}" for name, cookie in cookies.items())
        form = {"username": user.username, "password": PASSWORD, "csrfmiddlewaretoken": cookies["csrftoken"].value}
        headers = {"Cookie": sent, "Origin": f"https://{HOST}", "Referer": f"https://{HOST}/accounts/login/"}
        answer = await http.post("/accounts/login/", data=form, headers=headers)
        assert answer.status_code == 302, answer.text
        cookies |= cookies_of(answer)
        assert {"sessionid", "csrftoken"} < cookies.keys()
        for name, cookie in cookies.items():
            assert cookie["secure"], name
            assert cookie["samesite"] in {"Lax", "Strict"}, name
            assert not cookie["domain"], name
            assert cookie["httponly"] or name == "csrftoken", name
        static = re.search(r'href="(/static/[^"]+\.css)"', page.text)
        assert static is not None
        for path in ("/accounts/login/", "/nothing/", "/api/rooms/", static[1]):
            headers_of = (await http.get(path)).headers
            assert headers_of["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload", path
            assert headers_of["X-Content-Type-Options"] == "nosniff", path
            assert headers_of["Referrer-Policy"] == "same-origin", path
            assert headers_of["Cross-Origin-Opener-Policy"] == "same-origin", path
        plain = await http.get("/accounts/login/", headers={"X-Forwarded-Proto": "http"})
        assert (plain.status_code, plain.headers["Location"]) == (301, f"https://{HOST}/accounts/login/")


def test_production_settings_pass_djangos_checks() -> None:
    environment = {**os.environ, **PRODUCTION, "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz" * 2}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    checked = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
