"""Replays IRC logs through running servers, and checks that every reader gets every line once and in order.

    python benchmarks/replay.py LOG... [--server daphne|uvicorn] [--processes 2] [--readers 20] [--dropping 5]

Every nick of a log is an account with its own socket. Some readers lose their connection at random, without a close
frame, and resume; the first of them stays disconnected for most of the log. Exits with 1 and a sentence if a promise
was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import re
import resource
import secrets
import signal
import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import uvloop
from irclog import Line, Log, read_log
from replay_checks import Message, check, report
from replay_clients import Client, Outage, Place, Reader, ReplayError, Speaker
from servers import Installation, InstallationError, installation

DELIVERY_TIMEOUT = 30.0  # seconds after the last ack by which every reader must have every line
QUIET_SECONDS = 6.0  # then wait this long, past a version check, for duplicates
MAX_JOINING = 20  # sockets
LONG_OUTAGE = (0.05, 0.9)  # of the log; exceeds the ring, so that resuming reloads the room
OUTAGES = 3  # for each other reader that loses its connection


class Progress:
    """How far the log has been replayed, for code that waits for a line."""

    def __init__(self) -> None:
        self._events: dict[int, list[asyncio.Event]] = {}

    def at(self, number: int) -> asyncio.Event:
        """Return an event that is set when line `number` is sent."""
        event = asyncio.Event()
        self._events.setdefault(number, []).append(event)
        return event

    def reached(self, number: int) -> None:
        """Record that line `number` is being sent."""
        for event in self._events.pop(number, []):
            event.set()


def outages(progress: Progress, lines: int, *, long: bool) -> list[Outage]:
    """Return when a reader has no connection: at random, or once for most of the log."""
    if long:
        bounds = [int(lines * share) for share in LONG_OUTAGE]
    else:
        bounds = sorted(random.sample(range(lines), 2 * min(OUTAGES, lines // 2)))
    return [Outage(progress.at(gone), progress.at(back)) for gone, back in zip(bounds[::2], bounds[1::2], strict=True)]


async def play(lines: Sequence[Line], speakers: dict[str, Speaker], progress: Progress, options: Any) -> None:
    """Send the lines in order, none before the one `options.window` lines earlier is acknowledged."""
    under_way: deque[asyncio.Task[None]] = deque()
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for line in lines:
            if options.rate:
                await asyncio.sleep(max(0.0, began + line.number / options.rate - time.monotonic()))
            if len(under_way) == options.window:
                await under_way.popleft()
            progress.reached(line.number)
            under_way.append(group.create_task(speakers[line.nick].say(line)))


async def join_all(clients: Sequence[Client], group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
    """Connect them a few at a time: this tests lines, not a storm of connections."""
    tasks = []
    for start in range(0, len(clients), MAX_JOINING):
        some = clients[start : start + MAX_JOINING]
        tasks += [group.create_task(client.run()) for client in some]
        for client in some:
            await client.joined.wait()
    return tasks


async def everything_arrived(readers: Sequence[Reader], lines: int) -> None:
    """Wait until every reader has this many lines, for at most DELIVERY_TIMEOUT, and then for unexpected ones."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DELIVERY_TIMEOUT):
            for reader in readers:
                await reader.has(lines)
    await asyncio.sleep(QUIET_SECONDS)


async def stored(place: Place) -> list[Message]:
    """Fetch every message of the room over REST."""
    messages: list[Message] = []
    more = True
    while more:
        page = await place.page(f"after={messages[-1]['seq'] if messages else 0}&limit=100")
        messages += page["messages"]
        more = page["more"]
    return messages


async def replay(log: Log, place: Place, tokens: dict[str, str], names: Sequence[str], options: Any) -> list[str]:
    """Replay one log in one room. Returns errors. Raises ReplayError if it could not be completed."""
    progress = Progress()

    def at(token: str) -> Place:
        return Place(place.addresses, place.room_name, token)

    nicks = list(dict.fromkeys(line.nick for line in log.lines))
    user_names = {line.nick: line.user_name for line in log.lines}
    speakers = {nick: Speaker(at(tokens[user_names[nick]]), number) for number, nick in enumerate(nicks)}
    readers = []
    for number, name in enumerate(names):
        plan = outages(progress, len(log.lines), long=number == 0) if number < options.dropping else []
        readers.append(Reader(at(tokens[name]), number, plan))
    try:
        async with asyncio.TaskGroup() as group:
            tasks = await join_all([*readers, *speakers.values()], group)
            tasks += [group.create_task(reader.lose_connections()) for reader in readers]
            began = time.monotonic()
            await play(log.lines, speakers, progress, options)
            took = time.monotonic() - began
            await everything_arrived(readers, len(log.lines))
            for task in tasks:
                task.cancel()
    except* ReplayError as group_error:
        error: BaseException = group_error
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        raise error from None
    room = await stored(place)
    report(log, room, speakers, readers, took)
    wrong = check(log, room, speakers, readers)
    drops = sum(reader.drops for reader in readers)
    resumes = sum(reader.recovered + reader.started_over for reader in readers)
    if options.dropping and not 0 < drops <= resumes:
        wrong.append(f"{drops} connections were aborted, {resumes} resumed.")
    return wrong


def replay_all(logs: dict[Path, Log], running: Installation, options: argparse.Namespace) -> list[str]:
    """Replay each log in its own room, one after the other. Returns errors."""
    names = [f"@reader-{number}" for number in range(options.readers)]  # not a nick's user name: those contain no @
    speakers = {line.user_name for log in logs.values() for line in log.lines}
    rooms = {path: re.sub(r"[^a-z0-9._-]", "-", path.stem.lower())[:50] + f"-{secrets.token_hex(4)}" for path in logs}
    tokens = running.make_accounts([*names, *sorted(speakers)], list(rooms.values()))
    wrong = []
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for path, log in logs.items():
            print(f"{path.name} on {options.processes} x {options.server}, seed {options.seed}", flush=True)
            place = Place(running.addresses, rooms[path], tokens[names[0]])
            wrong += runner.run(replay(log, place, tokens, names, options))
            running.check_running()
    for line in running.log()[-20:]:
        print(f"  server said: {line}")
    return wrong


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description="Replay IRC logs through running servers and check every reader.")
    parser.add_argument("logs", nargs="+", type=Path, metavar="LOG")
    parser.add_argument("--server", choices=["daphne", "uvicorn"], default="uvicorn", help="default: %(default)s")
    parser.add_argument("--processes", type=int, default=2, help="server processes (default: %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port of the first process (default: any free ports)")
    parser.add_argument("--database-url", default="", help="instead of a temporary SQLite file")
    parser.add_argument("--readers", type=int, default=20, help="default: %(default)s")
    parser.add_argument("--dropping", type=int, default=5, help="readers that lose connections (default: %(default)s)")
    parser.add_argument("--lines", type=int, help="replay only this many messages of each log")
    parser.add_argument(
        "--rate", type=float, default=200, help="lines per second, 0 for no limit (default: %(default)s)"
    )
    parser.add_argument(
        "--window", type=int, default=8, help="how far to send ahead of an ack, in lines (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="random seed; printed")
    options = parser.parse_args(arguments)
    if min(options.processes, options.readers, options.window) < 1 or not 0 <= options.dropping <= options.readers:
        parser.error("there must be a process, a reader and a window, and no more dropping readers than readers")
    return options


def end(number: int, frame: Any) -> NoReturn:
    """Stop on SIGTERM and SIGHUP as on Ctrl+C, including everything that was started."""
    sys.exit(128 + number)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run. Exits with a non-zero status and a sentence if something was wrong."""
    options = parse(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # a socket for every speaker, here and at the server
    random.seed(options.seed)
    try:
        logs = {path: read_log(path, options.lines) for path in options.logs}
        if empty := [path.name for path, log in logs.items() if len(log.lines) < 2]:
            raise ReplayError(f"{empty[0]} holds too few messages.")
        with installation(
            server=options.server, processes=options.processes, port=options.port, database_url=options.database_url
        ) as running:
            wrong = replay_all(logs, running, options)
    except (ReplayError, InstallationError, OSError, ValueError) as error:
        sys.exit(f"The replay failed: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    for sentence in wrong[:20]:
        print(sentence, file=sys.stderr)
    if wrong:
        sys.exit(f"Not every reader has every line once and in order: {len(wrong)} things are wrong.")
    print("Every reader has every line once, in order.")


if __name__ == "__main__":
    main()
