"""Databases for tests with server processes: copies of one migrated template, on the server in DATABASE_URL."""

import fcntl
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis
from django.conf import settings
from django.db import connection, connections
from psycopg import sql

ADMIN_DATABASE = "postgres"


class LiveDatabases:
    """Creates a database for a test, and points this process's ORM at it for that long."""

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
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=settings.BASE_DIR,
            env={**os.environ, "DATABASE_URL": self.url(template)},
            check=True,
        )
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
        settings_dict = connections.settings["default"]
        usual, settings_dict["NAME"] = settings_dict["NAME"], name if self.postgres else str(self._file(name))
        connection.close()
        try:
            yield self.url(name)
        finally:
            connection.close()
            settings_dict["NAME"] = usual
            self._drop(name)

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
