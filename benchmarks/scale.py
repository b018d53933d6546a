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
from machine import cpu_seconds, family
from servers import ROOT, Installation, prepared, start, valkey_command, wait_for

HOSTS = 2  # operating system processes
PEOPLE, ROOMS, MEMBERS = 20, 100, 5  # of a simulated process; members of a room, of whom two follow it
LOAD = {"burst": 6, "burst_seconds": 6.0, "marks_seconds": 2.0, "move_seconds": 5.0}
SETTLE_SECONDS = 8.0


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


def show(costs: Sequence[Cost]) -> str:
    """Return a Markdown table."""
    head = "| processes | Valkey | messages received | KB received | commands | server ms | Valkey ms | PostgreSQL ms |"
    lines = [
        f"| {cost.processes} | {cost.valkeys} | {cost.received.total():.1f} | {cost.kilobytes:.1f} "
        f"| {cost.commands:.1f} | {cost.server_ms:.1f} | {cost.valkey_ms:.2f} | {cost.database_ms:.1f} |"
        for cost in costs
    ]
    return "\n".join([head, "|---" * 8 + "|", *lines])


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description="Measure what a server process costs beside 0, 9 and 99 others.")
    parser.add_argument("--quick", action="store_true", help="1 and 10 processes, for a shorter time")
    parser.add_argument("--processes", type=int, action="append", help="how many; repeat for several")
    options = parser.parse_args()
    costs = []
    for processes in options.processes or ([1, 10] if options.quick else [1, 10, 100]):
        costs.append(measure(processes, 6.0 if options.quick else 12.0))
        print(costs[-1], flush=True)
    print(show(costs))


if __name__ == "__main__":
    main()
