"""Databases for tests with server processes: each a copy of one migrated template, on whatever DATABASE_URL names."""

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
    """Makes a database for a test, and points this process's ORM at it for that long."""

    def __init__(self, folder: Path) -> None:
        """Make the template. It takes a few seconds, so once for all tests."""
        self.folder = folder
        self.postgres = connection.vendor == "postgresql"
        self.base_url = os.environ["DATABASE_URL"]
        self.numbers = itertools.count(1)
        self.prefix = f"parlor_live_{os.getpid()}"
        self.template = f"{self.prefix}_template"
        self._create(self.template)
        subprocess.run(
            [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
            cwd=settings.BASE_DIR,
            env={**os.environ, "DATABASE_URL": self.url(self.template)},
            check=True,
        )

    def url(self, name: str) -> str:
        """The DATABASE_URL of the database called `name`."""
        if self.postgres:
            return urlunsplit(urlsplit(self.base_url)._replace(path=f"/{name}"))
        return f"sqlite:///{self._file(name)}"

    @contextmanager
    def fresh(self) -> Iterator[str]:
        """A database of its own for as long as the context lasts. Gives its URL."""
        name = f"{self.prefix}_{next(self.numbers)}"
        with redis.Redis.from_url(os.environ["REDIS_URL"]) as counts:
            counts.flushall()  # they are of people in another database
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
        """Remove the template."""
        self._drop(self.template)

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite3"

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
            for path in self.folder.glob(f"{name}.sqlite3*"):
                path.unlink()

    def _admin(self, command: sql.Composed) -> None:
        with psycopg.connect(self.url(ADMIN_DATABASE), autocommit=True) as admin:
            admin.execute(command)
