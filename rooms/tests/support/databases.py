"""Databases for tests: copies of one migrated template, on the server in DATABASE_URL."""

import fcntl
import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from django.core.management import call_command
from django.db import connection, connections
from psycopg import sql

ADMIN_DATABASE = "postgres"


def let_tests_empty_tables() -> None:
    """Let Django empty all tables after a test that commits, although SQLite's triggers keep the audit log.

    On PostgreSQL it truncates them, which triggers for rows don't prevent.
    """
    if connection.vendor != "sqlite":
        return
    operations: Any = type(connection.ops)
    plain = operations.sql_flush

    def sql_flush(self: Any, *args: Any, **options: Any) -> list[str]:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
        return [
            *(f"DROP TRIGGER {name}" for name, _ in triggers),
            *plain(self, *args, **options),
            *(statement for _, statement in triggers),
        ]

    operations.sql_flush = sql_flush


class LiveDatabases:
    """Creates databases for tests, and points this process's ORM at one for as long as it exists."""

    def __init__(self, folder: Path, shared: Path) -> None:
        """Find or create the template. This takes seconds, so it is done once for all processes that share `shared`."""
        self.folder = folder
        self.shared = shared
        self.postgres = connection.vendor == "postgresql"
        self.base_url = os.environ["DATABASE_URL"]
        self.numbers = itertools.count(1)
        self.prefix = f"parlor_live_{os.getpid()}"
        with self._lock():
            named = shared / "template"
            self.template = named.read_text() if named.exists() else self._migrated()
            named.write_text(self.template)
            # A shared lock held by every process that copies it, so that the last one to leave knows it is the last.
            self.users = (shared / "users.lock").open("w")
            fcntl.flock(self.users, fcntl.LOCK_SH)

    def _migrated(self) -> str:
        template = f"{self.prefix}_template"
        self._create(template)
        with self._used(template):
            call_command("migrate", verbosity=0)
        return template

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Hold the lock for creating and removing the template."""
        with (self.shared / "change.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def url(self, name: str) -> str:
        """Return the DATABASE_URL of the database called `name`."""
        if self.postgres:
            return urlunsplit(urlsplit(self.base_url)._replace(path=f"/{name}"))
        return f"sqlite:///{self._file(name)}"

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """Create a database that exists until the context ends. Yields its URL."""
        name = f"{self.prefix}_{next(self.numbers)}"
        with redis.Redis.from_url(os.environ["REDIS_URL"]) as counts:
            counts.flushall()  # they concern users in another database
        self._create(name, self.template)
        try:
            with self._used(name):
                yield self.url(name)
        finally:
            self._drop(name)

    @contextmanager
    def _used(self, name: str) -> Iterator[None]:
        """Have this process's ORM use the database called `name`."""
        settings_dict = connections.settings["default"]
        usual, settings_dict["NAME"] = settings_dict["NAME"], name if self.postgres else str(self._file(name))
        connection.close()
        try:
            yield
        finally:
            connection.close()
            settings_dict["NAME"] = usual

    def close(self) -> None:
        """Remove the template unless another process copies it, too."""
        with self._lock(), self.users:
            try:
                fcntl.flock(self.users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # the last process removes it
            self._drop(self.template)
            (self.shared / "template").unlink()

    def _file(self, name: str) -> Path:
        folder = self.shared if name.endswith("_template") else self.folder
        return folder / f"{name}.sqlite3"

    def _create(self, name: str, template: str | None = None) -> None:
        if not self.postgres:
            if template:
                shutil.copy(self._file(template), self._file(name))
        elif template:
            command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            self._admin(command.format(sql.Identifier(name), sql.Identifier(template)))
        else:
            self._admin(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def _drop(self, name: str) -> None:
        if self.postgres:
            self._admin(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        else:
            file = self._file(name)
            for path in file.parent.glob(f"{file.name}*"):
                path.unlink()

    def _admin(self, command: sql.Composed) -> None:
        with psycopg.connect(self.url(ADMIN_DATABASE), autocommit=True) as admin:
            admin.execute(command)
