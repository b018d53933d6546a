"""Dumping and loading the database: SQLite's backup API, or PostgreSQL's pg_dump and pg_restore."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

MARKER_TABLE = "rooms_installation"  # a table that every backup of Parlor has


class BackupError(Exception):
    """Raised when a backup or restore fails. The message is one sentence."""


def dump(path: Path) -> None:
    """Dump the database to a new file. The server can keep running. Raises BackupError."""
    if connection.vendor == "postgresql":
        _run_postgresql(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file", str(path)])
    else:
        _dump_sqlite(path)


def check(path: Path) -> None:
    """Check that a file is a dump that `load` can restore now.

    Raises:
        BackupError: it is not a dump of Parlor's database, or the database is in use.
    """
    if connection.vendor == "postgresql":
        _check_postgresql(path)
    else:
        _check_sqlite(path)


def load(path: Path) -> None:
    """Replace the database with a dump, completely or not at all. Raises what `check` raises, and if loading failed."""
    check(path)
    if connection.vendor == "postgresql":
        _load_postgresql(path)
    else:
        _load_sqlite(path)


# --- SQLite ----------------------------------------------------------------------------------------------------


def _dump_sqlite(path: Path) -> None:
    name = connection.settings_dict["NAME"]
    try:
        with (
            closing(sqlite3.connect(f"{Path(name).absolute().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(path)) as target,
        ):
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")  # one file, without a write-ahead log
    except sqlite3.Error as error:
        raise BackupError(f"The database {name} could not be copied: {error}.") from error


def _check_sqlite(path: Path) -> None:
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source:
        try:
            intact = source.execute("PRAGMA quick_check").fetchone() == ("ok",)
            has_marker = source.execute("SELECT 1 FROM sqlite_master WHERE name = ?", [MARKER_TABLE]).fetchone()
        except sqlite3.DatabaseError:
            intact, has_marker = False, None
    if not intact or not has_marker:
        raise BackupError(f"{path.name} is not a SQLite backup of Parlor, or is incomplete.")
    with _unused_sqlite():
        pass


def _load_sqlite(path: Path) -> None:
    with (
        closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as source,
        _unused_sqlite() as target,
    ):
        source.backup(target)


@contextmanager
def _unused_sqlite() -> Iterator[sqlite3.Connection]:
    """Open the database to replace it. Raises BackupError if it is in use, or can't be written."""
    name = connection.settings_dict["NAME"]
    try:
        with closing(sqlite3.connect(name, timeout=1)) as target:
            target.execute("PRAGMA journal_mode=DELETE")  # fails while anybody else has the database open
            yield target
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise BackupError("The database is in use: stop the server first.") from error
        raise BackupError(f"The database {name} could not be written: {error}.") from error


# --- PostgreSQL ------------------------------------------------------------------------------------------------


def _check_postgresql(path: Path) -> None:
    contents = _run_postgresql(["pg_restore", "--list", str(path)], connect=False)
    if f" {MARKER_TABLE} " not in contents:
        raise BackupError(f"{path.name} is not a backup of Parlor.")
    connection.settings_dict["OPTIONS"].pop("pool", None)  # its connections would count as other users of the database
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        if cursor.fetchone()[0]:
            raise BackupError("The database is in use: stop the server first.")


def _load_postgresql(path: Path) -> None:
    tables = ", ".join(map(connection.ops.quote_name, connection.introspection.table_names()))
    functions = ", ".join(_own_functions())
    connection.close()
    # In the same transaction as the restore: tables that the backup does not have must be dropped, too.
    drop = ["--command", f"DROP TABLE {tables} CASCADE"] if tables else []
    drop += ["--command", f"DROP FUNCTION {functions} CASCADE"] if functions else []
    script = [*drop, "--file", "-"]
    with subprocess.Popen(
        ["pg_restore", "--no-owner", "--no-privileges", "--file", "-", str(path)], stdout=subprocess.PIPE
    ) as restore:
        _run_postgresql(
            ["psql", "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", "--single-transaction", *script],
            stdin=restore.stdout,
        )


def _own_functions() -> list[str]:
    """Return the functions that migrations have created for triggers, as SQL. Those of extensions are left out."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.oid::regprocedure::text FROM pg_proc p"
            " WHERE p.pronamespace = current_schema()::regnamespace AND p.proowner = current_user::regrole"
            " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
        )
        return [name for (name,) in cursor.fetchall()]


def _run_postgresql(command: Sequence[str], *, connect: bool = True, stdin: Any = None) -> str:
    """Run a PostgreSQL program and return its output, on the database unless `connect` is false. Raises BackupError."""
    program, *options = command
    environment = dict(os.environ)
    if connect:
        known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
        parameters = {name: value for name, value in connection.get_connection_params().items() if name in known}
        environment["PGPASSWORD"] = parameters.pop("password", "")  # arguments are visible to every user of the machine
        options += ["--dbname", psycopg.conninfo.make_conninfo("", **parameters)]
    try:
        done = subprocess.run(
            [program, *options], env=environment, stdin=stdin, capture_output=True, text=True, check=True
        )
    except FileNotFoundError as error:
        raise BackupError(f"{program} was not found: install PostgreSQL's client programs.") from error
    except subprocess.CalledProcessError as error:
        output = error.stderr.strip().splitlines() or [f"exit {error.returncode}"]
        raise BackupError(f"{program} failed: {output[0].rstrip('.')}.") from error
    return done.stdout
