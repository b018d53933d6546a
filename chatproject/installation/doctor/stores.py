"""Checks of what Parlor stores things in, or sends them to: the database, Redis, the storage of files, the mail server.

Also of the clocks of these machines, which must agree with this one.
"""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.mail import get_connection
from django.db import DatabaseError, connection

from chatproject.installation.deploy_checks import NO_PUBLIC_URL
from chatproject.installation.doctor.findings import Finding, error, ok, warning
from chatproject.installation.migrations import missing_migrations, unknown_migrations
from chatproject.installation.public_address import public_url
from chatproject.models import ServerProcess
from chatproject.redis_outage import redis_client
from chatproject.sentences import one_line

ANSWER_SECONDS = 3.0  # for Redis, the mail server and the scanner, at each step
CLOCK_WARNING, CLOCK_ERROR = 2.0, 10.0  # seconds that two clocks may differ
USED_CONNECTIONS = 0.9  # of all that PostgreSQL allows


# --- The database ------------------------------------------------------------------------------------------------


def check_database() -> Iterator[Finding]:
    """Whether it answers, can be written, and has enough connections."""
    name = connection.settings_dict["NAME"]
    if not _exists():
        yield error(f"There is no database at {name}: `manage.py migrate` creates it, and so does scripts/run.")
        return
    try:
        connection.ensure_connection()
        yield from _sqlite(Path(str(name))) if connection.vendor == "sqlite" else _postgresql()
    except (DatabaseError, OSError) as problem:
        where = connection.settings_dict["HOST"] or name
        yield error(f"{where} does not answer: {one_line(problem)}. Start it, or correct DATABASE_URL.")


def _exists() -> bool:
    """Return False for a missing SQLite file, which connecting would create."""
    return connection.vendor != "sqlite" or Path(str(connection.settings_dict["NAME"])).exists()


def _sqlite(path: Path) -> Iterator[Finding]:
    with connection.cursor() as cursor:
        version = cursor.execute("SELECT sqlite_version()").fetchone()[0]
        mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        yield error(f"{path} and its folder must be writable by this user: change their owner.")
    elif mode != "wal":
        yield warning(f"{path} has no write-ahead log, which is slow: keep it on a local disk.")
    else:
        yield ok(f"SQLite {version}, {path}.")


def _postgresql() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), pg_is_in_recovery(), current_setting('max_connections')::int,"
            " (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')"
        )
        version, standby, allowed, used = cursor.fetchone()
    place = f"PostgreSQL {version.split()[0]} at {connection.settings_dict['HOST'] or 'this machine'}"
    if standby:
        yield error(f"{place} is a standby, which can't be written: name the primary in DATABASE_URL.")
    elif used >= USED_CONNECTIONS * allowed or allowed < settings.DATABASE_CONNECTIONS:
        yield warning(
            f"{place} allows {allowed} connections, of which {used} are in use; each server process takes up to "
            f"{settings.DATABASE_CONNECTIONS}: raise max_connections, or lower DATABASE_CONNECTIONS."
        )
    else:
        yield ok(f"{place}, {used} of {allowed} connections in use.")


def check_migrations() -> Iterator[Finding]:
    """Whether the database is that of this version."""
    missing, unknown = missing_migrations(), unknown_migrations()
    if missing:
        yield error(f"{_names(missing)}: run `manage.py migrate`.")
    if unknown:
        yield warning(f"The database is of a newer version, with {_names(unknown, 'unknown')}: upgrade this one.")
    if not missing and not unknown:
        yield ok("The database is up to date.")


def _names(names: list[tuple[str, str]], what: str = "missing") -> str:
    shown = ", ".join(".".join(name) for name in names[:3])
    return f"{len(names)} {what} ({shown}{', ...' if len(names) > 3 else ''})"


# --- Redis -------------------------------------------------------------------------------------------------------


def check_redis() -> Iterator[Finding]:
    """Whether each server answers."""
    for url in settings.REDIS_URLS:
        try:
            with redis_client(url, seconds=ANSWER_SECONDS) as client:
                client.ping()
                yield ok(f"{_redis_version(client)} at {_place(url)}.")
        except (redis.RedisError, OSError, ValueError) as problem:
            yield error(f"{_place(url)} does not answer: {one_line(problem)}. Start it, or correct REDIS_URL.")


def _redis_version(client: redis.Redis) -> str:
    try:
        about = client.info("server")
    except redis.ResponseError:  # a user who may not ask
        return "Redis"
    return f"Valkey {about['valkey_version']}" if "valkey_version" in about else f"Redis {about['redis_version']}"


def _place(url: str) -> str:
    place = urlsplit(url)
    return f"{place.hostname}:{place.port or 6379}" if place.hostname else place.path


# --- Files and mail ----------------------------------------------------------------------------------------------


def check_storage() -> Iterator[Finding]:
    """Whether a file can be stored, read and deleted."""
    storage, content = storages["files"], secrets.token_bytes(64)
    options = settings.STORAGES["files"].get("OPTIONS", {})
    place = options.get("location") or f"the bucket {options.get('bucket_name')} at {options.get('endpoint_url')}"
    try:
        # Under the prefix of all files, so that it needs no other permissions than they do.
        name = storage.save(f"files/00/doctor-{secrets.token_hex(8)}", ContentFile(content))
        try:
            with storage.open(name) as file:
                same = file.read() == content
        finally:
            storage.delete(name)
    except Exception as problem:  # each kind of storage has its own
        yield error(
            f"A file could not be stored in {place}: {one_line(problem)}. Look at FILE_STORAGE and its permissions."
        )
        return
    yield ok(f"Files are stored in {place}.") if same else error(f"{place} returned another file than it was given.")


def check_scanner() -> Iterator[Finding]:
    """Whether the virus scanner answers."""
    assert settings.CLAMD is not None
    host, port = settings.CLAMD
    try:
        with socket.create_connection((host, port), ANSWER_SECONDS) as scanner:
            scanner.settimeout(ANSWER_SECONDS)
            scanner.sendall(b"zPING\0")
            answer = scanner.recv(16)
    except OSError as problem:
        yield error(
            f"{host}:{port} does not answer: {one_line(problem)}. Files are not scanned: start it, or correct CLAMD."
        )
        return
    yield (
        ok(f"ClamAV at {host}:{port}.")
        if answer.startswith(b"PONG")
        else error(f"{host}:{port} is no ClamAV: correct CLAMD.")
    )


def check_mail() -> Iterator[Finding]:
    """Whether the mail server lets Parlor in. Sends nothing."""
    if not settings.EMAIL_CONFIGURED:
        yield ok("EMAIL_URL is not set: no mail is sent, and admins create links for forgotten passwords.")
        return
    if not public_url():
        yield warning(f"{NO_PUBLIC_URL} Set PUBLIC_URL.")
    if not settings.EMAIL_BACKEND.endswith(".smtp.EmailBackend"):
        yield warning("EMAIL_URL names no mail server: mails are written elsewhere.")
        return
    place = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    mails = get_connection(timeout=min(ANSWER_SECONDS, settings.EMAIL_TIMEOUT))
    try:
        mails.open()
        mails.close()
    except Exception as problem:  # of smtplib, ssl and socket
        reason = f"{type(problem).__name__}: {one_line(problem)}"
        yield error(f"{place} does not take mails: {reason}. Correct EMAIL_URL; `manage.py sendtestemail` sends one.")
        return
    yield ok(f"{place} lets Parlor in; `manage.py sendtestemail you@example.org` sends a mail.")


# --- Clocks ------------------------------------------------------------------------------------------------------


def check_clock() -> Iterator[Finding]:
    """Whether the clocks of the database and Redis agree with this machine's.

    Those that don't answer have a line of their own.
    """
    found = {}
    for url in settings.REDIS_URLS:
        try:
            with redis_client(url, seconds=ANSWER_SECONDS) as client:
                began = time.time()
                seconds, micros = client.time()
                found[f"Redis at {_place(url)}"] = seconds + micros / 1e6 - (began + time.time()) / 2
        except (redis.RedisError, OSError, ValueError):
            continue
    try:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                began = time.time()
                cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
                found["the database"] = float(cursor.fetchone()[0]) - (began + time.time()) / 2
        if _exists() and (seen := _last_report()):
            # Of the past, usually; one in the future was written before a clock was set back.
            found["the last report of a server"] = max(0.0, seen.timestamp() - time.time())
    except (DatabaseError, OSError):
        pass
    where, apart = max(found.items(), key=lambda item: abs(item[1]), default=("", 0.0))
    if abs(apart) >= CLOCK_WARNING:
        text = f"This machine's clock is {abs(apart):.0f} s {'behind' if apart > 0 else 'ahead of'} that of {where}"
        yield (error if abs(apart) >= CLOCK_ERROR else warning)(f"{text}: run a time service (NTP) on all machines.")
    else:
        yield ok(
            f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime())} UTC, as on {len(found)} others."
            if found
            else "Nothing to compare with."
        )


def _last_report() -> datetime | None:
    return ServerProcess.objects.order_by("-seen_at").values_list("seen_at", flat=True).first()
