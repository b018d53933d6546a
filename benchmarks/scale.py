"""Measures what one server process costs when there are 1, 10 and 100, and writes the tables of docs/scale.md.

    .venv/bin/python benchmarks/scale.py [--quick]

The processes are simulated: many in each of a few operating system processes, see `simulated_servers.py`. They have one
PostgreSQL and one or several Valkey servers. What each process has to do is the same whatever their number, so that a
figure that grows with the number shows what limits it.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import redis
from contenders import a_postgres
from machine import cpu_seconds, describe, family
from servers import ROOT, Installation, prepared, start, valkey_command, wait_for

HOSTS = 2  # operating system processes
PEOPLE, ROOMS, MEMBERS = 20, 100, 5  # of a simulated process; members of a room, of whom one follows it
LOAD = {"burst": 6, "burst_seconds": 12.0, "marks_seconds": 4.0, "move_seconds": 10.0}
SETTLE_SECONDS = 8.0
MEASURED = (1, 10, 100)  # processes
# The extrapolated table: machines with so many cores, a worker for each, so many sockets and connections per worker.
MACHINES, CORES, SOCKETS, CONNECTIONS = (1, 10, 100), 8, 1000, 20


@dataclass
class Cost:
    """What one simulated process and its share of the stores did in a second."""

    processes: int
    valkeys: int
    commands: float
    received: Counter[str]
    kilobytes: float
    server_ms: float
    valkey_ms: float
    database_ms: float
    posted: float
    frames: float


@dataclass
class Reading:
    """All counters at one moment."""

    at: float
    commands: int
    bytes_out: int
    valkey: float
    database: float
    server: float
    posted: int
    frames: int
    received: Counter[str]


class Hosts:
    """The operating system processes with the simulated ones."""

    def __init__(self, made: Installation, stack: contextlib.ExitStack, processes: int) -> None:
        self.running: list[subprocess.Popen[str]] = []
        for host in range(min(HOSTS, processes)):
            plan = {"numbers": list(range(host, processes, HOSTS)), "people": PEOPLE, **LOAD}
            log: IO[str] = stack.enter_context((made.folder / f"host-{host}.log").open("w"))
            process = subprocess.Popen(
                [sys.executable, str(ROOT / "benchmarks" / "simulated_servers.py")],
                env=made.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
            stack.callback(self._end, process)
            self.running.append(process)
            self._ask(process, json.dumps(plan))
        for process in self.running:
            self._answer(process, made.folder)

    @staticmethod
    def _end(process: subprocess.Popen[str]) -> None:
        process.kill()
        process.wait()

    @staticmethod
    def _ask(process: subprocess.Popen[str], line: str) -> None:
        assert process.stdin is not None
        process.stdin.write(line + "\n")
        process.stdin.flush()

    @staticmethod
    def _answer(process: subprocess.Popen[str], folder: Path) -> str:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            logs = "".join(path.read_text()[-2000:] for path in sorted(folder.glob("host-*.log")))
            raise RuntimeError(f"A host of simulated processes ended:\n{logs}")
        return line

    def figures(self, folder: Path) -> list[dict[str, object]]:
        """Return the figures of all hosts so far."""
        for process in self.running:
            self._ask(process, "")
        return [json.loads(self._answer(process, folder)) for process in self.running]


@contextlib.contextmanager
def valkeys(count: int, made: Installation) -> Iterator[list[int]]:
    """Start further Valkey servers, so that the installation has this many. Yields their process ids."""
    assert made.valkey is not None
    with contextlib.ExitStack() as stack:
        pids, urls = [made.valkey.pid], [made.environment["REDIS_URL"]]
        for number in range(1, count):
            folder = made.folder / f"valkey-{number}"
            folder.mkdir()
            process = start(stack, folder / "log", valkey_command(folder), made.environment)
            wait_for(process, folder / "log", "Valkey", (folder / "valkey.sock").exists)
            pids.append(process.pid)
            urls.append(f"unix://{folder / 'valkey.sock'}")
        made.environment["REDIS_URL"] = ",".join(urls)
        yield pids


def read(hosts: Hosts, made: Installation, valkey_pids: Sequence[int], postmaster: int) -> Reading:
    """Read all counters."""
    figures = hosts.figures(made.folder)
    info: list[dict[str, int]] = []
    for url in made.environment["REDIS_URL"].split(","):
        with redis.Redis.from_url(url) as client:
            info.append(client.info("stats"))  # type: ignore[arg-type]
    return Reading(
        time.monotonic(),
        sum(one["total_commands_processed"] for one in info),
        sum(one["total_net_output_bytes"] for one in info),
        cpu_seconds([*valkey_pids]),
        cpu_seconds(family(postmaster)),
        sum(float(one["cpu_seconds"]) for one in figures),  # type: ignore[arg-type]
        sum(int(one["posted"]) for one in figures),  # type: ignore[call-overload]
        sum(int(one["frames"]) for one in figures),  # type: ignore[call-overload]
        sum((Counter(one["received"]) for one in figures), Counter()),  # type: ignore[call-overload]
    )


def measure(processes: int, seconds: float, valkey_count: int = 1) -> Cost:
    """Run so many simulated processes for a while."""
    with contextlib.ExitStack() as stack:
        url, postmaster = stack.enter_context(a_postgres())
        made = stack.enter_context(prepared(database_url=url))
        pids = stack.enter_context(valkeys(valkey_count, made))
        asked = {"people": processes * PEOPLE, "rooms": processes * ROOMS, "members": MEMBERS}
        made.manage([str(ROOT / "benchmarks" / "scale_people.py")], json.dumps(asked))
        hosts = Hosts(made, stack, processes)
        time.sleep(SETTLE_SECONDS)
        before = read(hosts, made, pids, postmaster)
        time.sleep(seconds)
        after = read(hosts, made, pids, postmaster)
    share = processes * (after.at - before.at)
    received = Counter({kind: count - before.received[kind] for kind, count in after.received.items()})
    return Cost(
        processes,
        valkey_count,
        (after.commands - before.commands) / share,
        Counter({kind: count / share for kind, count in received.items()}),  # type: ignore[misc]
        (after.bytes_out - before.bytes_out) / share / 1000,
        (after.server - before.server) / share * 1000,
        (after.valkey - before.valkey) / share * 1000,
        (after.database - before.database) / share * 1000,
        (after.posted - before.posted) / share,
        (after.frames - before.frames) / share,
    )


def of_processes(costs: Sequence[Cost]) -> str:
    """Return the table of what one process does in a second, by the number of processes and of Valkey servers.

    A machine that can't keep up posts fewer messages than planned.
    """
    head = ["processes", "Valkeys", "posted", "received", "received for each posted", "KB received", "Valkey commands"]
    head += ["server ms", "Valkey ms", "PostgreSQL ms"]
    rows = [
        [
            str(cost.processes),
            str(cost.valkeys),
            f"{cost.posted:.2f}",
            f"{cost.received.total():.1f}",
            f"{cost.received.total() / cost.posted:.1f}",
            f"{cost.kilobytes:.1f}",
            f"{cost.commands:.1f}",
            f"{cost.server_ms:.1f}",
            f"{cost.valkey_ms:.2f}",
            f"{cost.database_ms:.1f}",
        ]
        for cost in costs
    ]
    return table(head, rows)


def of_messages(costs: Sequence[Cost]) -> str:
    """Return the table of the messages that one process receives in a second, by type."""
    types = sorted({kind for cost in costs for kind in cost.received})
    rows = [
        [f"`{kind}`", *(f"{cost.received[kind]:.2f}" if cost.received[kind] else "" for cost in costs)]
        for kind in types
    ]
    return table(["message", *(f"{cost.processes} processes" for cost in costs)], rows)


def of_machines(cost: Cost) -> str:
    """Return the table of what machines would carry if each person cost what they cost in this measurement."""
    rows = []
    for machines in MACHINES:
        people = machines * CORES * SOCKETS
        server, valkey, database = (
            each / 1000 / PEOPLE * people for each in (cost.server_ms, cost.valkey_ms, cost.database_ms)
        )
        written = people * cost.posted / PEOPLE
        rows.append(
            [
                f"{machines:,}",
                f"{machines * CORES:,}",
                f"{people:,}",
                f"{written:,.0f}",
                f"{server:,.0f} of {machines * CORES:,}",
                f"{valkey:,.1f}",
                f"{database:,.0f}",
                f"{machines * CORES * CONNECTIONS:,}",
            ]
        )
    head = ["machines", "workers", "people", "messages/s", "busy server cores", "Valkey cores", "PostgreSQL cores"]
    return table([*head, "PostgreSQL connections"], rows)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *rows])


def write(page: Path, tables: dict[str, str]) -> None:
    """Put the tables between their marks in the page."""
    text = page.read_text()
    for name, content in tables.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, after = text.partition(begin)[0], text.partition(end)[2]
        text = f"{before}{begin}\n{content}\n\n{end}{after}"
    page.write_text(text)


def main() -> None:
    """Measure, print the tables and write them into docs/scale.md."""
    parser = argparse.ArgumentParser(description="Measure what a server process costs beside 0, 9 and 99 others.")
    parser.add_argument("--quick", action="store_true", help="1 and 10 processes, for a shorter time; writes nothing")
    parser.add_argument("--processes", type=int, action="append", help="how many; repeat for several; writes nothing")
    options = parser.parse_args()
    seconds = 6.0 if options.quick else 15.0
    costs = [measure(processes, seconds) for processes in options.processes or ([1, 10] if options.quick else MEASURED)]
    print(of_processes(costs), of_messages(costs), sep="\n\n", flush=True)
    if options.quick or options.processes:
        return
    several = [measure(MEASURED[-2], seconds, count) for count in (1, 2)]
    measured = f"Measured {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}, {seconds:g} s each; {describe()}."
    tables = {
        "processes": f"{of_processes(costs)}\n\n{measured}",
        "messages": of_messages(costs),
        "valkeys": of_processes(several),
        "machines": of_machines(costs[-1]),
    }
    print(tables["valkeys"], tables["machines"], sep="\n\n")
    write(ROOT / "docs" / "scale.md", tables)


if __name__ == "__main__":
    main()
