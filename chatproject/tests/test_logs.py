"""The log after real use: one line for each request and socket, and no secrets."""

from __future__ import annotations

import asyncio
import logging
import re
import sys
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest
from django.contrib.auth.hashers import make_password
from django.core.exceptions import DisallowedHost
from django.db import IntegrityError, connection, transaction
from django.test import Client as DjangoClient

from chatproject.logs import ClientErrorFilter, JsonFormatter, LineFormatter, log_socket_opened
from rooms.models import Room, User
from rooms.services.tokens import token_create
from rooms.tests.support.clients import Client, database, person, room_of, token_of
from rooms.tests.support.servers import RunningServer, TestValkey

Factory = Callable[..., RunningServer]
MARKER = "a-word-of-a-message"
PASSWORD = "a-password-of-somebody"


def log_lines(server: RunningServer) -> list[dict[str, Any]]:
    """Return a server's log lines as JSON, without the startup message that `serve` prints to standard output."""
    return [orjson.loads(line) for line in server.output().splitlines() if not line.startswith("Parlor is at")]


def people() -> tuple[Room, User]:
    user = person("ann")
    user.password = make_password(PASSWORD, hasher="pbkdf2_sha256")  # the server does not have the tests' hasher
    user.save()
    return room_of(user), user


def refuse_messages() -> None:
    """Make the database reject every message. PostgreSQL then quotes the row, including its content."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE rooms_message ADD CHECK (content = '') NOT VALID")
        else:
            cursor.execute("DROP TABLE rooms_message")


async def test_each_request_is_logged_without_content_or_tokens(server_factory: Factory) -> None:
    server = server_factory("uvicorn", env={"LOG_FORMAT": "json"})
    room, user = await database(people)
    secrets = [
        MARKER,
        PASSWORD,
        "a-token-in-a-query",
        "secret-of-a-reset-link",
        "secret-of-an-invite-link",
        token_of(user),
    ]
    async with httpx.AsyncClient(base_url=server.url) as http:
        answer = await http.post("/api/token/", json={"username": user.username, "password": PASSWORD})
        secrets += answer.json().values()
        secrets.append((await database(token_create, user=user, name="bot"))[1])
        await http.get(f"/{secrets[-1]}/{secrets[-2]}")  # in a place where no token belongs
        headers = {"Authorization": f"Bearer {answer.json()['access']}"}
        messages = f"/api/rooms/{room.name}/messages/"
        bodies = ({"content": MARKER}, {"content": MARKER * 1000}, {"client_id": MARKER})
        ids = [(await http.post(messages, json=body, headers=headers)).headers["X-Request-ID"] for body in bodies]
        await http.post(messages, content=MARKER, headers={**headers, "Content-Type": "application/json"})
        await http.get(messages, headers={"Authorization": "Bearer a-token-in-a-query"})
        await http.get(f"/rooms/?token=a-token-in-a-query&content={MARKER}")
        for address in ("MQ/secret-of-a-reset-link/", "MQ/secret-of-a-reset-link", "MQ/secret-of-a-reset-link/x/"):
            await http.get(f"/accounts/password/reset/{address}")
        for address in ("secret-of-an-invite-link/", "secret-of-an-invite-link", "secret-of-an-invite-link/signup/"):
            await http.get(f"/invite/{address}")
        await http.get("/%69nvite/secret-of-an-invite-link/")
        await http.get("/accounts/login//invite%2Fsecret-of-an-invite-link%2F")
        await database(refuse_messages)
        failed = await http.post(messages, json={"content": MARKER}, headers=headers)
    lines = log_lines(server)
    posts = [line for line in lines if line["logger"] == "parlor.access" and line["path"] == messages]
    assert [line["status"] for line in posts] == [201, 413, 400, 400, 401, failed.status_code]
    assert [line["request_id"] for line in posts[:3]] == ids
    assert {line["user_id"] for line in posts} == {user.pk, None}
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    assert failed.status_code >= 500
    assert any(line.get("request_id") == failed.headers["X-Request-ID"] for line in lines if line["level"] != "INFO")
    assert [secret for secret in secrets if secret in server.output()] == []


@pytest.mark.any_database
@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
async def test_each_socket_logs_two_lines_and_no_content(server_factory: Factory, kind: str) -> None:
    server = server_factory(kind, env={"LOG_FORMAT": "json"})
    room, user = await database(people)
    token = token_of(user)
    async with await Client.open(server.ws_url, user=user, path=f"/ws/?room_name={room.name}&x={token}") as client:
        welcome = await client.wait_for("welcome")
        await client.say(room, MARKER)
        await client.send_raw(f'{{"action": "sendMessage", "content": "{MARKER}')
        await client.say(room, MARKER * 1000)
        await client.send("authenticate", token=token)
        await client.ask(MARKER, content=MARKER)
        await database(refuse_messages)
        assert (await client.say(room, MARKER))["type"] == "error"
    async with await Client.open(server.ws_url, path="/ws/") as guest:
        await guest.wait_for("welcome")
        await guest.send_raw("x" * 200_000)
        assert await guest.closed() == 1009
    server.terminate()
    lines = [line for line in log_lines(server) if "connection_id" in line and line["logger"] == "parlor.access"]
    first = [line for line in lines if line["connection_id"] == welcome["connection_id"]]
    assert [(line["path"], line["user_id"], line.get("code")) for line in first] == [
        ("/ws/", user.pk, None),
        ("/ws/", user.pk, 1000),
    ]
    assert first[1]["seconds"] > 0
    assert [line.get("code") for line in lines if line not in first] == [None, 1009]
    assert any(line["level"] != "INFO" for line in log_lines(server)), "the database's refusal"
    assert [secret for secret in (MARKER, token) if secret in server.output()] == []


@pytest.mark.slow
@pytest.mark.any_database
async def test_a_redis_outage_logs_one_line_at_its_start_and_one_at_its_end(
    server_factory: Factory, valkey: TestValkey
) -> None:
    server = server_factory("uvicorn")
    room, user = await database(people)
    async with await Client.open(server.ws_url, user=user) as client:
        await client.join(room)
        await asyncio.to_thread(valkey.kill9)
        try:
            for _ in range(4):
                await client.say(room, "still here")
                await asyncio.sleep(1)
        finally:
            await asyncio.to_thread(valkey.start)
        async with asyncio.timeout(20):
            while "Redis answers again" not in server.output():
                await asyncio.sleep(0.2)
    told = [line for line in server.output().splitlines() if re.search("(WARNING|ERROR) (?!py.warnings)", line)]
    assert ["Redis does not answer" in told[0], "Redis answers again" in told[1]] == [True, True]
    assert len(told) == 2
    assert "Traceback" not in server.output()


def record_of(message: str, **extra: Any) -> logging.LogRecord:
    return logging.getLogger("somebody").makeRecord("somebody", 20, "file", 1, message, (), None, extra=extra)


def test_lines_for_a_terminal_are_readable() -> None:
    line = LineFormatter().format(record_of("It rains.", fields={"user_id": 7, "path": "/"}))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO somebody: It rains. user_id=7", line)


def test_extra_fields_of_libraries_are_not_logged() -> None:
    line = JsonFormatter().format(record_of("It rains.", request="GET /?token=abc"))
    assert "abc" not in line
    assert orjson.loads(line)["message"] == "It rains."


FORGERIES = ["\n", "\r", "\x0b", "\x1b[2K", "\x7f", "\x85", "\u2028", "\u2029", "\u202e", "\u2066", "\x00", "\udc80"]


@pytest.mark.parametrize("formatter", [LineFormatter(), JsonFormatter()])
@pytest.mark.parametrize("forgery", FORGERIES)
def test_whatever_is_logged_stays_within_its_line(formatter: logging.Formatter, forgery: str) -> None:
    text = f"before{forgery}2026-01-01 00:00:00,000 INFO parlor.access: forged"
    record = record_of("action failed: %s", fields={"path": text, "user_id": 7})
    record.args = (text,)
    line = formatter.format(record)
    assert "before" in line
    assert "forged" in line
    assert line.isprintable()


@pytest.mark.parametrize("forgery", FORGERIES)
def test_an_exception_message_can_not_start_a_new_log_line(forgery: str) -> None:
    try:
        raise ValueError(f"before{forgery}2026-01-01 00:00:00,000 INFO parlor.access: forged")
    except ValueError:
        record = record_of("It failed.")
        record.exc_info = sys.exc_info()
    first, *lines = LineFormatter().format(record).split("\n")
    assert "It failed." in first
    assert len(lines) > 2
    assert all(line.startswith("  ") and line.isprintable() for line in lines)
    record.exc_text = None
    assert "forged" in orjson.loads(JsonFormatter().format(record))["exception"]


def test_a_path_can_not_forge_the_fields_after_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        log_socket_opened(path="/ws/a user_id=1", user_id=None)
    assert " user_id=1" not in LineFormatter().format(caplog.records[0])


def test_a_suspicious_request_logs_one_line() -> None:
    record = logging.getLogger("django.security.DisallowedHost").makeRecord(
        "django.security.DisallowedHost", logging.ERROR, "file", 1, "Invalid HTTP_HOST header", (), None
    )
    try:
        raise DisallowedHost
    except DisallowedHost:
        record.exc_info = sys.exc_info()
    assert ClientErrorFilter().filter(record)
    assert "\n" not in LineFormatter().format(record)


def test_a_forged_line_stays_within_the_path_of_its_request(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        DjangoClient().get("/ping%0a2026-01-01%20forged")
    assert [record.getMessage() for record in caplog.records if "\n" in record.getMessage()] == []


@pytest.mark.django_db
def test_the_row_quoted_in_a_postgresql_error_is_not_logged() -> None:
    with pytest.raises(IntegrityError) as failed, transaction.atomic():
        Room.objects.create(name=MARKER, title=MARKER, version=-1)
    record = record_of("It failed.")
    record.exc_info = (failed.type, failed.value, failed.tb)
    for line in (JsonFormatter().format(record), LineFormatter().format(record)):
        assert "IntegrityError" in line
        assert MARKER not in line
