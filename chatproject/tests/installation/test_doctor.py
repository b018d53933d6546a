"""`manage.py doctor`: a line for each part of an installation, with real servers that are stopped, hang or say no."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from chatproject.installation.doctor.findings import Finding, Level, ok, run_checks
from chatproject.installation.doctor.stores import check_clock, check_database, check_mail, check_migrations
from chatproject.installation.embedded_valkey import EmbeddedValkey
from chatproject.management.commands.doctor import check_index, check_push
from chatproject.models import ServerProcess
from notifications.models import PushKey, PushSubscription
from notifications.push.vapid import generate_key
from rooms.models import SearchIndex
from rooms.search.index import VERSION
from rooms.tests.support.clients import database, person
from rooms.tests.support.mail_server import MailServer
from rooms.tests.support.servers import TestValkey, free_port

NAMES = ["configuration", "disk", "database", "redis", "clock", "storage", "mail", "migrations", "push", "search index"]


def doctor(*command: str, **env: str) -> tuple[int, dict[str, tuple[str, str]], str]:
    """Run the command. Returns its status, the level and text of each line by name, and all output."""
    arguments = [sys.executable, *(command or ("manage.py",)), "doctor"]
    done = subprocess.run(
        arguments, cwd=django_settings.BASE_DIR, env={**os.environ, **env}, capture_output=True, text=True, timeout=60
    )
    lines = [line for line in done.stdout.splitlines() if line[:7].strip() in set(Level)]
    found = {line[9:24].strip(): (line[:8].strip(), line[24:]) for line in lines}
    return done.returncode, found, done.stdout + done.stderr


@contextmanager
def silent_server() -> Iterator[int]:
    """Listen on a port, accept connections and never answer. Yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.any_database
def test_all_is_well_with_an_installation_that_nothing_is_set_for(tmp_path: Path) -> None:
    nothing = {"DATA_DIR": str(tmp_path), "SECRET_KEY": "", "REDIS_URL": ""}
    nothing["DATABASE_URL"] = f"sqlite:///{tmp_path}/parlor.sqlite3"  # as without it
    module = ("-m", "chatproject.installation.manage")
    status, lines, _ = doctor(*module, **nothing)
    assert (status, lines["database"][0]) == (1, "error")
    assert "`manage.py migrate`" in lines["database"][1]
    assert lines["migrations"] == ("warning", "Not checked, because of an error above.")
    assert not (tmp_path / "parlor.sqlite3").exists()
    migrate = [sys.executable, *module, "migrate", "--verbosity", "0"]
    subprocess.run(migrate, cwd=django_settings.BASE_DIR, env={**os.environ, **nothing}, check=True)
    status, lines, output = doctor(*module, **nothing)
    assert status == 0, output
    assert list(lines) == NAMES
    assert {level for level, _ in lines.values()} == {"ok"}, output
    assert "Valkey" in lines["redis"][1]
    assert output.endswith("0 errors, 0 warnings.\n")
    assert not [path for path in (tmp_path / "storage").rglob("*") if path.is_file()]


@pytest.mark.any_database
def test_what_does_not_work_is_named_with_what_to_do_and_no_secret_is_printed(tmp_path: Path) -> None:
    (tmp_path / "storage").write_text("not a folder")
    secrets = {name: f"{name}-zq7-secret" for name in ("key", "redis", "db", "mail", "setup", "metrics")}
    with silent_server() as mail, silent_server() as postgres:
        began = time.monotonic()
        status, lines, output = doctor(
            DATA_DIR=str(tmp_path),
            SECRET_KEY=secrets["key"],
            REDIS_URL=f"redis://:{secrets['redis']}@127.0.0.1:{free_port()}/0",
            DATABASE_URL=f"postgres://parlor:{secrets['db']}@127.0.0.1:{postgres}/parlor",
            EMAIL_URL=f"smtp://parlor:{secrets['mail']}@127.0.0.1:{mail}",
            PUBLIC_URL="https://chat.example.org",
            SETUP_CODE=secrets["setup"],
            METRICS_TOKEN=secrets["metrics"],
            CLAMD=f"127.0.0.1:{free_port()}",
        )
    assert time.monotonic() - began < 30
    assert status == 1
    errors = {"database": "DATABASE_URL", "redis": "REDIS_URL", "storage": "FILE_STORAGE", "mail": "EMAIL_URL"}
    for name, variable in (errors | {"scanner": "CLAMD"}).items():
        assert lines[name][0] == "error", output
        assert variable in lines[name][1]
    assert lines["configuration"][0] == "warning"  # https is off, and the key is short
    assert "Traceback" not in output
    assert [secret for secret in secrets.values() if secret in output] == []


def test_a_redis_that_hangs_or_refuses_the_password_is_an_error(
    live_db: str, valkey: TestValkey, tmp_path: Path
) -> None:
    valkey.stop_signal()
    try:
        status, lines, output = doctor(DATABASE_URL=live_db, DATA_DIR=str(tmp_path))
    finally:
        valkey.cont()
    assert (status, lines["redis"][0]) == (1, "error"), output
    assert {lines[name][0] for name in ("database", "migrations", "search index", "clock")} == {"ok"}, output

    guarded = EmbeddedValkey(tmp_path)
    guarded.start()
    try:
        with guarded._client() as client:
            client.config_set("requirepass", "right")
        url = f"unix://:wrong-zq7@{guarded.socket}"
        status, lines, output = doctor(DATABASE_URL=live_db, DATA_DIR=str(tmp_path), REDIS_URL=url)
        assert (status, lines["redis"][0]) == (1, "error"), output
        assert "wrong-zq7" not in output
    finally:
        with redis.Redis.from_url(f"unix://:right@{guarded.socket}") as client:
            client.config_set("requirepass", "")
        guarded.stop()


def one(check: Iterator[Finding]) -> tuple[str, str]:
    """Return the level and text of the only finding."""
    [finding] = check
    return finding.level, finding.text


async def test_a_database_of_an_earlier_or_newer_version_is_named(live_db: str) -> None:
    def applied(statement: str) -> list[tuple[str, str]]:
        with connection.cursor() as cursor:
            cursor.execute(statement)
        return [(finding.level, finding.text) for finding in check_migrations()]

    found = await database(
        applied, "UPDATE django_migrations SET name = '9999_future' WHERE app = 'rooms' AND name LIKE '0031%'"
    )
    assert [level for level, _ in found] == ["error", "warning"]
    assert "rooms.0031_sections): run `manage.py migrate`" in found[0][1]
    assert "rooms.9999_future" in found[1][1]
    assert (await database(one, check_database()))[0] == "ok"


@pytest.mark.django_db
def test_a_report_from_the_future_means_that_a_clock_is_wrong() -> None:
    assert one(check_clock())[0] == "ok"
    process = ServerProcess.objects.create(host="elsewhere", pid=1, seen_at=timezone.now() + timedelta(seconds=5))
    level, text = one(check_clock())
    assert level == "warning"
    assert "5 s behind" in text or "4 s behind" in text
    process.seen_at = timezone.now() + timedelta(minutes=5)
    process.save()
    assert one(check_clock())[0] == "error"


@pytest.mark.django_db
def test_the_search_index_and_the_key_of_pushes_are_looked_at() -> None:
    SearchIndex.objects.update_or_create(pk=1, defaults={"version": VERSION, "indexed_from": 1, "wrong": None})
    assert one(check_index())[0] == "ok"
    SearchIndex.objects.update(wrong=3)
    level, text = one(check_index())
    assert (level, "reindex --from-scratch" in text) == ("error", True)

    assert one(check_push())[0] == "ok"
    key = PushKey.objects.create(private_key=generate_key())
    assert one(check_push()) == ("ok", "0 devices.")
    key.private_key = "broken"
    key.save()
    assert one(check_push())[0] == "error"
    key.private_key = generate_key()
    key.save()
    # An address that is reserved for documentation, and no public one.
    PushSubscription.objects.create(
        user=person("ann"), device="d", endpoint="https://192.0.2.1/x", p256dh="p", auth="a"
    )
    level, text = one(check_push())
    assert (level, text.startswith("192.0.2.1 can't be reached")) == ("error", True)


@pytest.mark.any_database
def test_a_mail_server_is_asked_whether_it_lets_parlor_in(settings: Settings) -> None:
    server = MailServer()
    settings.EMAIL_CONFIGURED = False
    assert one(check_mail())[0] == "ok"
    settings.EMAIL_CONFIGURED, settings.PUBLIC_URL = True, "https://chat.example.org"
    for name, value in server.settings.items():
        setattr(settings, name, value)
    server.start()
    try:
        assert one(check_mail())[0] == "ok"
        assert server.mails == []
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "parlor", "secret"  # it has no sign-in
        level, text = one(check_mail())
        assert (level, "SMTPNotSupportedError" in text) == ("error", True)
    finally:
        server.stop()
    settings.EMAIL_HOST_USER = ""
    level, text = one(check_mail())
    assert (level, "ConnectionRefusedError" in text) == ("error", True)


@pytest.mark.any_database
def test_a_check_that_hangs_or_breaks_is_an_error_and_holds_up_no_other() -> None:
    def hangs() -> Iterator[Finding]:
        time.sleep(30)
        yield ok("late")

    def breaks() -> Iterator[Finding]:
        raise RuntimeError(f"two\nlines with {django_settings.SECRET_KEY}.")
        yield

    found = dict(run_checks({"hangs": hangs, "breaks": breaks, "works": lambda: [ok("fine")]}, seconds=0.5))
    assert found["hangs"].level == found["breaks"].level == Level.ERROR
    assert found["breaks"].text == "RuntimeError: two lines with ...."
    assert found["works"] == ok("fine")
