"""`scripts/faults`: breaks servers, Redis and PostgreSQL under traffic, and prints the tables of what came of it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from faults.documents import record, tables
from faults.run_row import Order
from faults.stores import Postgres
from faults.table import DATABASES, FAULTS, MUTATIONS, SERVERS, Load, Result

SIDE_BY_SIDE = 4  # rows that mostly wait


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    names = [fault.name for fault in FAULTS] + [mutation.name for mutation in MUTATIONS]
    parser = argparse.ArgumentParser(
        prog="scripts/faults", description="Break servers, Redis and PostgreSQL under traffic, and check what is lost."
    )
    parser.add_argument(
        "--only", action="append", choices=names, metavar="ROW", help=f"only these rows, of {', '.join(names)}"
    )
    parser.add_argument("--database", choices=DATABASES, help="only this database")
    parser.add_argument("--server", choices=SERVERS, help="only this kind of server")
    parser.add_argument("--record", action="store_true", help="write the tables into docs/faults.md")
    return parser.parse_args(arguments)


class Schedule:
    """Runs rows: those that are idle beside everything, those that wait a few at a time, and the others alone."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self._folder = folder
        self._options = options
        self._urls = {"sqlite": "", "postgresql": ""}
        self.results: list[Result] = []

    def orders(self) -> list[tuple[Load, Order]]:
        """Return what is to be run."""
        wanted = self._options.only or [fault.name for fault in FAULTS] + [mutation.name for mutation in MUTATIONS]
        databases = [one for one in DATABASES if self._options.database in (None, one)]
        servers = [one for one in SERVERS if self._options.server in (None, one)]
        found = [
            (fault.load, self._order(fault.name, server, database))
            for database in databases
            for server in servers
            for fault in FAULTS
            if fault.name in wanted and database in fault.databases
        ]
        # What a mutation takes out is the same code on both kinds of servers.
        found += [
            (Load.LIGHT, self._order(mutation.name, servers[0], database))
            for database in databases
            for mutation in MUTATIONS
            if mutation.name in wanted
        ]
        return found

    def _order(self, name: str, server: str, database: str) -> Order:
        folder = self._folder / f"{name}-{server}-{database}"
        return Order(name, server, database, "", str(folder), str(self._folder / database))

    async def run(self) -> None:
        """Run everything. `results` then has a result for each."""
        orders = self.orders()
        with contextlib.ExitStack() as stack:
            for database in {order.database for _, order in orders}:
                stack.enter_context(_kept_template(self._folder / database))
            if any(order.database == "postgresql" for _, order in orders):
                postgres = Postgres()
                stack.callback(postgres.close)
                self._urls["postgresql"] = postgres.url
            async with asyncio.TaskGroup() as group:
                for load, order in orders:
                    if load == Load.IDLE:
                        group.create_task(self._run(order))
                places = asyncio.Semaphore(SIDE_BY_SIDE)
                async with asyncio.TaskGroup() as waiting:
                    for load, order in orders:
                        if load == Load.LIGHT:
                            waiting.create_task(self._run(order, places))
                for load, order in orders:
                    if load == Load.ALONE:
                        await self._run(order)

    async def _run(self, order: Order, places: asyncio.Semaphore | None = None) -> None:
        async with places or contextlib.nullcontext():
            folder = Path(order.folder)
            await asyncio.to_thread(folder.mkdir)
            located = Order(**{**vars(order), "database_url": self._urls[order.database]})
            with (folder / "errors.log").open("w") as errors:
                process = await asyncio.create_subprocess_exec(
                    *located.command(), stdout=asyncio.subprocess.PIPE, stderr=errors
                )
                try:
                    output, _ = await process.communicate()
                except asyncio.CancelledError:
                    process.terminate()
                    await process.wait()
                    raise
        errors_text = (folder / "errors.log").read_text()
        if process.returncode == 0:
            result = Result.of_json(json.loads(output.decode().splitlines()[-1]))
        else:
            last = errors_text.strip().splitlines()[-1:] or ["it said nothing"]
            result = Result(order.name, order.server, order.database, wrong=[f"It could not be run: {last[0]}"])
        self.results.append(result)
        _say(result, errors_text)


@contextlib.contextmanager
def _kept_template(shared: Path) -> Iterator[None]:
    """Keep the migrated template of a kind of database from being removed by the row that uses it last at a time."""
    shared.mkdir()
    with (shared / "users.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        yield


def _say(result: Result, errors: str) -> None:
    """Print one result to standard error."""
    name = result.mutation or result.name
    verdict = ("noticed" if result.mutation else "passed") if result.passed else "FAILED"
    print(f"{verdict:8}{name} on {result.server}, {result.database}, {result.seconds:.0f} s", file=sys.stderr)
    for sentence in [] if result.passed else [*result.measured, *result.wrong, errors]:
        print(f"        {sentence}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the lab and return the exit status."""
    options = parse(arguments)
    for name in ("SECRET_KEY", "REDIS_URL", "DATABASE_URL"):
        os.environ.pop(name, None)
    began, load, interrupted = time.monotonic(), os.getloadavg()[0], False
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="parlor-faults-") as folder:
        schedule = Schedule(Path(folder), options)
        try:
            asyncio.run(schedule.run())
        except KeyboardInterrupt:
            interrupted = True
    command = " ".join(["scripts/faults", *(arguments if arguments is not None else sys.argv[1:])])
    text = tables(schedule.results, command=command, seconds=time.monotonic() - began, load=load)
    print(text)
    if interrupted:
        print("Interrupted: rows are missing.", file=sys.stderr)
        return 130
    if options.record:
        record(text)
    return 0 if all(result.passed for result in schedule.results) else 1


if __name__ == "__main__":
    sys.exit(main())
