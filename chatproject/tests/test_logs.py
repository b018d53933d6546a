"""What the log holds after real use: one line for each request and socket, and nothing that it must not hold."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

import httpx
import orjson
import pytest
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, connection, transaction
from django.test import Client as DjangoClient

from chatproject.logs import JsonFormatter, LineFormatter
from rooms import services
from rooms.models import Room, User
from rooms.tests.clients import database, person, room_of, token_of
from rooms.tests.servers import RunningServer

Factory = Callable[..., RunningServer]
MARKER = "a-word-of-a-message"
PASSWORD = "a-password-of-somebody"


def log_lines(server: RunningServer) -> list[dict[str, Any]]:
    """What a server has logged as JSON. What `serve` says at its start, on standard output, is no log."""
    return [orjson.loads(line) for line in server.output().splitlines() if not line.startswith("Parlor is at")]


def people() -> tuple[Room, User]:
    user = person("ann")
    user.password = make_password(PASSWORD, hasher="pbkdf2_sha256")  # the server does not know the tests' own
    user.save()
    return room_of(user), user


def refuse_messages() -> None:
    """Make the database refuse every message: PostgreSQL then quotes the row, with its content."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE rooms_message ADD CHECK (content = '') NOT VALID")
        else:
            cursor.execute("DROP TABLE rooms_message")


async def test_the_log_has_a_line_for_each_request_and_no_content_and_no_token(server_factory: Factory) -> None:
    server = server_factory("uvicorn", env={"LOG_FORMAT": "json"})
    room, user = await database(people)
    secrets = [MARKER, PASSWORD, "a-token-in-a-query", "secret-of-a-reset-link", token_of(user)]
    async with httpx.AsyncClient(base_url=server.url) as http:
        answer = await http.post("/api/token/", json={"username": user.username, "password": PASSWORD})
        secrets += answer.json().values()
        secrets.append((await database(services.token_create, user=user, name="bot"))[1])
        await http.get(f"/{secrets[-1]}/{secrets[-2]}")  # where no token belongs
        headers = {"Authorization": f"Bearer {answer.json()['access']}"}
        messages = f"/api/rooms/{room.name}/messages/"
        bodies = ({"content": MARKER}, {"content": MARKER * 1000}, {"client_id": MARKER})
        ids = [(await http.post(messages, json=body, headers=headers)).headers["X-Request-ID"] for body in bodies]
        await http.post(messages, content=MARKER, headers={**headers, "Content-Type": "application/json"})
        await http.get(messages, headers={"Authorization": "Bearer a-token-in-a-query"})
        await http.get(f"/rooms/?token=a-token-in-a-query&content={MARKER}")
        for address in ("MQ/secret-of-a-reset-link/", "MQ/secret-of-a-reset-link", "MQ/secret-of-a-reset-link/x/"):
            await http.get(f"/accounts/password/reset/{address}")
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


def record_of(message: str, **extra: Any) -> logging.LogRecord:
    return logging.getLogger("somebody").makeRecord("somebody", 20, "file", 1, message, (), None, extra=extra)


def test_lines_for_a_terminal_are_readable() -> None:
    line = LineFormatter().format(record_of("It rains.", fields={"user_id": 7, "path": "/"}))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO somebody: It rains. user_id=7", line)


def test_a_library_s_extras_do_not_get_into_the_log() -> None:
    line = JsonFormatter().format(record_of("It rains.", request="GET /?token=abc"))
    assert "abc" not in line
    assert orjson.loads(line)["message"] == "It rains."


def test_a_forged_line_stays_within_the_path_of_its_request(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        DjangoClient().get("/ping%0a2026-01-01%20forged")
    assert [record.getMessage() for record in caplog.records if "\n" in record.getMessage()] == []


@pytest.mark.django_db
def test_the_row_that_postgresql_quotes_in_an_error_is_left_out() -> None:
    with pytest.raises(IntegrityError) as failed, transaction.atomic():
        Room.objects.create(name=MARKER, title=MARKER, version=-1)
    record = record_of("It failed.")
    record.exc_info = (failed.type, failed.value, failed.tb)
    for line in (JsonFormatter().format(record), LineFormatter().format(record)):
        assert "IntegrityError" in line
        assert MARKER not in line
