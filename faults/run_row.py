"""Runs one row, in a process of its own with its own servers and stores, and prints the result as a line of JSON.

It reads the order as JSON from its command line: see `Order`.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import django
import uvloop

from faults.stores import Postgres
from faults.table import FAULTS, MUTATIONS, Result
from rooms.tests.support.environment import prepare_environment

MOST_SECONDS = {"idle": 900.0}
USUAL_SECONDS = 300.0  # for every other row
LAST_LINES = 15  # of a server's log, if a row could not be finished


@dataclass(frozen=True)
class Order:
    """What to run, and where: `shared` is a folder with the migrated template of that database."""

    name: str
    server: str
    database: str
    database_url: str
    folder: str
    shared: str

    def command(self) -> list[str]:
        """Return the command that runs it."""
        return [sys.executable, "-m", "faults.run_row", json.dumps(asdict(self))]


def run(order: Order) -> Result:
    """Run a row, or a mutation."""
    mutation = next((one for one in MUTATIONS if one.name == order.name), None)
    name = mutation.row if mutation else order.name
    fault = next(one for one in FAULTS if one.name == name)
    result = Result(name, order.server, order.database, mutation=mutation.name if mutation else "")
    folder, shared = Path(order.folder), Path(order.shared)
    with ExitStack() as stack:
        postgres = None
        if name == "kill-postgresql":
            postgres = Postgres()
            stack.callback(postgres.close)
            shared = folder / "shared"
            shared.mkdir()
        url = postgres.url if postgres else order.database_url
        if url:
            os.environ["DATABASE_URL"] = url
        prepare_environment(folder)
        django.setup()
        from faults.lab import FULL, MUTATED, Lab
        from rooms.tests.support.databases import LiveDatabases
        from rooms.tests.support.servers import RunningServer, TestValkey

        valkey = TestValkey(folder)
        valkey.start()
        stack.callback(valkey.stop)
        stack.callback(valkey.cont)
        databases = LiveDatabases(folder, shared)
        stack.callback(databases.close)
        url = stack.enter_context(databases.fresh())
        if mutation:
            _drop_constraints(mutation.constraints)
        servers: list[RunningServer] = []
        stack.callback(_close_all, servers)

        def start(kind: str, env: dict[str, str] | None, program: Sequence[str]) -> RunningServer:
            environment = {"DATABASE_URL": url, "REDIS_URL": valkey.url, **(env or {})}
            server = RunningServer(kind, environment, folder, (), program)
            servers.append(server)
            # One after the other, whatever row they are of: on a busy machine, many at once would take too long.
            with (folder.parent / "starting.lock").open("w") as starting:
                fcntl.flock(starting, fcntl.LOCK_EX)
                server.start()
            return server

        altered = [mutation.name] if mutation else []
        scale = MUTATED if mutation else FULL
        lab = Lab(start, valkey, order.server, folder, scale=scale, postgres=postgres, altered=altered)
        module, _, function = fault.run.partition(":")
        began = time.monotonic()
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                row = getattr(import_module(f"faults.rows.{module}"), function)
                runner.run(_bounded(row(lab), MOST_SECONDS.get(name, USUAL_SECONDS)))
        except Exception as error:
            traceback.print_exc()
            for server in servers:
                print(*server.output().splitlines()[-LAST_LINES:], sep="\n", file=sys.stderr)
            lab.report.wrong.append(f"{type(error).__name__}: {error}")
        result.seconds, result.load = time.monotonic() - began, os.getloadavg()[0]
        result.measured, result.wrong = lab.report.measured, lab.report.wrong
    return result


async def _bounded(row: Coroutine[Any, Any, None], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        await row


def _drop_constraints(names: Sequence[str]) -> None:
    from django.db import connection

    from rooms.models import Message

    dropped = [one for one in Message._meta.constraints if one.name in names]
    # SQLite makes the table anew with what the model has.
    Message._meta.constraints = [one for one in Message._meta.constraints if one not in dropped]
    for constraint in dropped:
        with connection.schema_editor() as editor:
            editor.remove_constraint(Message, constraint)


def _close_all(servers: list[Any]) -> None:
    def close(server: Any) -> None:
        try:
            server.close()
        except Exception:
            traceback.print_exc()

    with ThreadPoolExecutor() as threads:
        list(threads.map(close, servers))


def _end(number: int, frame: object) -> NoReturn:
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a row may open a thousand sockets
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches the parent, which ends this
    print(json.dumps(run(Order(**json.loads(sys.argv[1]))).to_json()))
