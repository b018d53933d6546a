"""Compares this checkout with another one: what the same work costs each of their servers.

Both serve at once, each with a database and a Valkey of its own, and short bursts of the same load go to one and the
other in turn. What the machine does besides falls on both, so that differences of a few percent can be told.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import secrets
import statistics
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import servers
from http_load import REQUESTS, Person, repeat
from machine import cpu_seconds, family
from websockets.asyncio.client import ClientConnection, connect

SENDERS = 64
READERS = 200
ROOM, BUSY_ROOM = "compared", "busy"
SMALL_ROOMS = [f"small{number}" for number in range(SENDERS)]  # one for each sender
SMALL_ROOM_READERS = 5
MESSAGES = 200  # in the room before anything is measured
CONCURRENT = 4  # requests
UNLIMITED = dict.fromkeys(["ANONYMOUS_WRITES_PER_HOUR", "CONNECTIONS_PER_NETWORK"], "1000000")


@dataclass
class Side:
    """One of the checkouts, with its server and what the bursts cost it."""

    name: str
    address: str
    pid: int
    tokens: dict[str, str]
    asker: Person  # of HTTP requests
    sockets: list[ClientConnection] = field(default_factory=list)
    readers: list[asyncio.Task[None]] = field(default_factory=list)
    delivered: int = 0  # messages that arrived at readers
    cpu: float = 0.0  # seconds
    done: int = 0  # units of work
    per_unit: list[float] = field(default_factory=list)  # microseconds, of each burst

    async def open_sockets(self) -> None:
        """Open a socket for each sender, and those of the readers."""
        for token in list(self.tokens.values())[:SENDERS]:
            socket = await self.connect(token)
            await socket.recv()  # welcome
            self.sockets.append(socket)

        rooms = [BUSY_ROOM] * READERS + SMALL_ROOMS * SMALL_ROOM_READERS
        joined = [asyncio.Event() for _ in rooms]
        tokens = itertools.cycle(self.tokens.values())
        self.readers = [asyncio.create_task(self.read(*each)) for each in zip(tokens, rooms, joined, strict=False)]
        await asyncio.gather(*(each.wait() for each in joined))

    async def read(self, token: str, room: str, joined: asyncio.Event) -> None:
        """Follow a room and count what arrives. Frames are not parsed: that would cost more than serving them."""
        async with self.connect(token) as socket:
            await socket.send(json.dumps({"action": "joinRoom", "room_name": room}))
            async for frame in socket:
                if '"type":"joined"' in str(frame):
                    joined.set()
                self.delivered += str(frame).count('"client_id":"burst')

    def connect(self, token: str) -> connect:
        """Connect to the server as the person of a token."""
        return connect(
            f"ws://{self.address}/ws/",
            additional_headers={"Authorization": f"Bearer {token}"},
            compression=None,
            ping_interval=None,
            max_size=None,
        )


Worker = Callable[[Side, int, asyncio.Event], Awaitable[int]]  # does work until the event is set; gives how much


async def send_messages(side: Side, number: int, ended: asyncio.Event, *, room: str = ROOM) -> int:
    """Send messages by one socket, each when the one before is acknowledged."""
    socket, count = side.sockets[number], 0
    while not ended.is_set():
        frame = {"action": "sendMessage", "room_name": room, "client_id": f"burst{secrets.token_hex(8)}"}
        await socket.send(json.dumps(frame | {"content": f"line {count} of what somebody says here"}))
        while (answer := json.loads(await socket.recv()))["type"] != "ack":
            if answer["type"] == "error":
                raise RuntimeError(answer["detail"])
        count += 1
    return count


async def join(side: Side, number: int, ended: asyncio.Event) -> int:
    """Connect, join the room and read its newest messages, again and again."""
    token, count = list(side.tokens.values())[number], 0
    while not ended.is_set():
        async with side.connect(token) as socket:
            await socket.send(json.dumps({"action": "joinRoom", "room_name": ROOM}))
            while json.loads(await socket.recv())["type"] != "messages":
                pass
        count += 1
    return count


async def fan_out(side: Side, number: int, ended: asyncio.Event) -> int:
    """Send messages to a room with many readers, from several sockets at a time; a delivery is the unit."""
    before = side.delivered
    await send_messages(side, number, ended, room=BUSY_ROOM)
    return side.delivered - before if number == 0 else 0


async def talk_in_many_rooms(side: Side, number: int, ended: asyncio.Event) -> int:
    """Send messages to a small room of one's own; a message, with its deliveries, is the unit."""
    return await send_messages(side, number, ended, room=SMALL_ROOMS[number])


def requests(name: str) -> Worker:
    """Return what makes one of REQUESTS, again and again, by one connection."""

    async def ask(side: Side, number: int, ended: asyncio.Event) -> int:
        return len(await repeat(REQUESTS[name], side.address, ROOM, [side.asker], ended))

    return ask


WORKS: dict[str, tuple[Worker, int]] = {
    "ingest": (send_messages, SENDERS),
    "fan-out": (fan_out, 8),
    "many-rooms": (talk_in_many_rooms, SENDERS),
    "join": (join, 8),
    **{name: (requests(name), CONCURRENT) for name in REQUESTS},
}


async def burst(side: Side, worker: Worker, workers: int, seconds: float) -> None:
    """Have the work done for some seconds, and note what it cost the server."""
    before, ended = cpu_seconds(family(side.pid)), asyncio.Event()
    tasks = [asyncio.create_task(worker(side, number, ended)) for number in range(workers)]
    await asyncio.sleep(seconds)
    ended.set()
    done = sum(await asyncio.gather(*tasks))
    await asyncio.sleep(0.1)  # what is still to be announced
    cpu = cpu_seconds(family(side.pid)) - before
    side.cpu, side.done = side.cpu + cpu, side.done + done
    side.per_unit.append(cpu / done * 1e6)


async def compare(sides: list[Side], name: str, *, bursts: int, seconds: float) -> None:
    """Print what a work costs both sides."""
    worker, workers = WORKS[name]
    for side in sides:
        await burst(side, worker, workers, seconds)  # to warm up
        side.cpu, side.done = 0.0, 0
        side.per_unit.clear()
    for number in range(bursts):
        for side in sides if number % 2 else sides[::-1]:
            await burst(side, worker, workers, seconds)
    other, this = sides
    ratios = sorted(mine / its for mine, its in zip(this.per_unit, other.per_unit, strict=True))
    totals = [side.cpu / side.done * 1e6 for side in sides]
    quarter = len(ratios) // 4
    cells = [
        name,
        *(f"{total:,.4g}" for total in totals),
        f"{totals[1] / totals[0]:.3f}",
        f"{statistics.median(ratios):.3f} ({ratios[quarter]:.2f}-{ratios[-1 - quarter]:.2f})",
        *(f"{side.done:,}" for side in sides),
    ]
    print(f"| {' | '.join(cells)} |", flush=True)


@contextlib.contextmanager
def side_of(name: str, checkout: Path, database_url: str) -> Iterator[Side]:
    """Yield a checkout's server with its accounts, room and messages."""
    servers.ROOT = checkout
    with servers.prepared(database_url=database_url, settings=UNLIMITED) as made:
        names = [f"person{number}" for number in range(SENDERS)]
        tokens = made.make_accounts(names, [ROOM, BUSY_ROOM, *SMALL_ROOMS], members=True)
        sessions = made.make_rows(ROOM, MESSAGES, names[:1])
        asker = Person(tokens[names[0]], sessions[names[0]])
        with servers.serving(made, server="uvicorn"):
            yield Side(name, made.addresses[0], made.processes[0].pid, tokens, asker)


def databases() -> list[str]:
    """Return the URLs of two databases on the PostgreSQL server that DATABASE_URL names, or twice "" for SQLite."""
    url = os.environ.pop("DATABASE_URL", "")
    if not url.startswith("postgres"):
        return ["", ""]
    names = [f"compare_{secrets.token_hex(4)}" for _ in range(2)]
    with psycopg.connect(url, autocommit=True) as connection:
        for name in names:
            connection.execute(f"CREATE DATABASE {name}")
    return [urlsplit(url)._replace(path=f"/{name}").geturl() for name in names]


async def main() -> None:
    """Compare what the command line names."""
    parser = argparse.ArgumentParser(description="Compare this checkout with another one.")
    parser.add_argument("other", type=Path, help="a folder with another checkout, as git worktree makes it")
    parser.add_argument("--only", action="append", choices=WORKS, help="the work to compare; repeat for several")
    parser.add_argument("--bursts", type=int, default=20, help="of each side (default: 20)")
    parser.add_argument("--seconds", type=float, default=1.0, help="of a burst (default: 1)")
    options = parser.parse_args()
    this = servers.ROOT
    with contextlib.ExitStack() as stack:
        urls = databases()
        sides = [
            stack.enter_context(side_of("other", options.other.resolve(), urls[0])),
            stack.enter_context(side_of("this", this, urls[1])),
        ]
        for side in sides:
            await side.open_sockets()
        print("| work | other, CPU us | this, CPU us | ratio | median of pairs | done, other | done, this |")
        print("|---|---|---|---|---|---|---|")
        for name in options.only or WORKS:
            await compare(sides, name, bursts=options.bursts, seconds=options.seconds)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except servers.InstallationError as error:
        sys.exit(f"compare: {error}")
