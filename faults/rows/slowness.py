"""Readers who do not read, a slow query, and a wrong clock."""

from __future__ import annotations

import asyncio
import socket
import time
from contextlib import suppress
from pathlib import Path

import httpx
import orjson
import psutil

from faults.lab import Lab, Traffic, delivery_seconds, p99
from faults.members import Member
from rooms.models import Room, User
from rooms.tests.support.clients import database, token_of
from rooms.tests.support.servers import RunningServer

GONE_SECONDS = 26.0
ESTABLISHED = "01"  # in /proc/net/tcp
GROWTH = 32.0  # MB of memory
NOISE_SECONDS = 0.05  # a p99 below this says nothing about readers, on a busy machine
QUERY_SECONDS, OTHERS_SECONDS = 3.0, 0.2
CLOCK_SECONDS = 5
PASSWORD = "a long password of the lab"


class DeafSocket:
    """A socket in a room that never reads. A `sending` one goes on asking for pages of history."""

    def __init__(self, server: RunningServer, room: Room, token: str, *, sending: bool) -> None:
        self.sending = sending
        self.gone_after: float | None = None
        self._server, self._room = server, room
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._socket.connect(("127.0.0.1", server.port))
        request = [f"GET /ws/rooms/{room.name}/ HTTP/1.1", f"Host: 127.0.0.1:{server.port}", "Upgrade: websocket"]
        request += ["Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
        request += [f"Authorization: Bearer {token}", "", ""]
        self._socket.sendall("\r\n".join(request).encode())
        assert b"101" in self._socket.recv(12)
        self._port = self._socket.getsockname()[1]
        self._socket.setblocking(False)

    async def stay_until_gone(self, most: float) -> None:
        """Wait until the server has closed the connection, at most for so many seconds."""
        frame = {"action": "getRecentMessages", "room_name": self._room.name, "limit": 5}
        payload = orjson.dumps(frame)
        masked = bytes([0x81, 0x80 | len(payload), 0, 0, 0, 0]) + payload  # masked with zeros
        began = time.monotonic()
        while time.monotonic() < began + most:
            if self.sending:
                with suppress(OSError):
                    self._socket.send(masked)
            if not await asyncio.to_thread(self._is_established):
                self.gone_after = time.monotonic() - began
                break
            await asyncio.sleep(0.25)
        self._socket.close()

    def _is_established(self) -> bool:
        """Return whether the connection exists for the server. Cheap: others' latency is measured meanwhile."""
        ends = f":{self._server.port:04X}", f":{self._port:04X}"
        for line in Path("/proc/net/tcp").read_text().splitlines():
            _, local, remote, state, *_ = line.split()
            if local.endswith(ends[0]) and remote.endswith(ends[1]):
                return state == ESTABLISHED
        return False


class MemoryPeak:
    """Watches by how much a server's memory grows."""

    def __init__(self, server: RunningServer) -> None:
        self._process = psutil.Process(server.pid)
        self._before = self._most = self._process.memory_info().rss
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while True:
            self._most = max(self._most, self._process.memory_info().rss)
            await asyncio.sleep(0.2)

    def end(self) -> float:
        """Stop watching. Returns the growth at its peak, in MB."""
        self._watching.cancel()
        return (self._most - self._before) / 2**20


async def slow_reader(lab: Lab) -> None:
    """Let two sockets stop reading, of which one goes on sending, while ten people write long messages."""
    (server,) = await lab.start(1)
    room, users = await lab.room(12)
    members = await lab.members(room, users[:10])
    logs = [member.log for member in members]
    tokens = await database(lambda: [token_of(user) for user in users[10:]])
    async with Traffic(members, 0.5, "x" * 4000):
        await asyncio.sleep(3)
        began = time.monotonic()
        await asyncio.sleep(lab.scale.seconds(12, 5))
        deaf_since = time.monotonic()
        deaf = [
            await asyncio.to_thread(DeafSocket, server, room, token, sending=sending)
            for token, sending in zip(tokens, (False, True), strict=True)
        ]
        memory = MemoryPeak(server)
        await asyncio.gather(*(one.stay_until_gone(3 * GONE_SECONDS) for one in deaf))
        growth = memory.end()
        ended = time.monotonic()
        await asyncio.sleep(1)
    for one in deaf:
        seconds = one.gone_after if one.gone_after is not None else float("inf")
        lab.report.at_most(f"{'sending' if one.sending else 'silent'} one gone in", seconds, GONE_SECONDS)
    usual = p99(delivery_seconds(logs, began, deaf_since - 1))
    lab.report.note(f"others' p99 before {usual * 1000:.0f} ms")
    with_them = p99(delivery_seconds(logs, deaf_since, ended))
    if lab.scale.judges_latency:
        lab.report.at_most("with them", with_them * 1000, max(2 * usual, NOISE_SECONDS) * 1000, "ms")
    else:
        lab.report.note(f"with them {with_them * 1000:.0f} ms")
    lab.report.at_most("memory grew by", growth, GROWTH, "MB")
    await lab.settle(room, members)


async def slow_query(lab: Lab) -> None:
    """Run queries of three seconds for one socket while people write in other rooms of the same server."""
    await lab.start(1, altered=["slow-query"])
    slow_room, (somebody,) = await lab.room(1, name="slow")
    (slow,) = await lab.members(slow_room, [somebody])
    rooms = [await lab.room(5) for _ in range(3)]
    groups = [(room, await lab.members(room, users)) for room, users in rooms]
    members = [member for _, group in groups for member in group]
    async with Traffic(members, 0.3):
        await asyncio.sleep(1)
        before = time.monotonic()
        await asyncio.sleep(lab.scale.seconds(6, 2))
        began = time.monotonic()
        for _ in range(lab.scale.count(3)):
            asked = time.monotonic()
            await slow.ask("getRecentMessages", room_name=slow_room.name)
            lab.report.require(time.monotonic() - asked > QUERY_SECONDS, "The query was not slow.")
        ended = time.monotonic()
        await asyncio.sleep(1)

    def measured(since: float, until: float) -> list[float]:
        return [each for _, group in groups for each in delivery_seconds([one.log for one in group], since, until)]

    lab.report.note(f"p99 before {p99(measured(before, began)) * 1000:.0f} ms")
    seconds = measured(began, ended)
    lab.report.at_most(f"{len(seconds)} deliveries, p99", p99(seconds) * 1000, OTHERS_SECONDS * 1000, "ms")
    await slow.leave()
    await asyncio.gather(*(lab.settle(room, group) for room, group in groups))


async def clock(lab: Lab) -> None:
    """Set the clock of one server five seconds forward. Everybody signs in at one server and is then on another."""
    (right,) = await lab.start(1)
    (wrong,) = await lab.start(1, altered=[f"clock={CLOCK_SECONDS}"])
    room, users = await lab.room()
    password_hash = await database(_set_password, users[0])
    await database(lambda: User.objects.filter(pk__in=[user.pk for user in users]).update(password=password_hash))
    members = []
    for number, user in enumerate(users):
        places = (right, wrong) if number % 2 else (wrong, right)
        token = await _token(places[0], user)
        members.append(Member(user.username, token, room.name, [places[1].ws_url]))
    async with asyncio.timeout(60):
        await asyncio.gather(*(member.come() for member in members))
    async with Traffic(members, 0.3):
        await asyncio.sleep(lab.scale.seconds(10, 4))
    lab.report.none_of("disconnects", [code for member in members for code in member.close_codes])
    await lab.settle(room, members)


def _set_password(user: User) -> str:
    user.set_password(PASSWORD)
    return user.password


async def _token(server: RunningServer, user: User) -> str:
    async with httpx.AsyncClient(base_url=server.url, timeout=60, trust_env=False) as rest:
        answer = await rest.post("/api/token/", json={"username": user.username, "password": PASSWORD})
        answer.raise_for_status()
        return str(answer.json()["access"])
