"""Delivery during failures. The database is the source of truth; every reader is compared with it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable

import psutil
import pytest
from django.conf import settings
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from rooms.models import Message, Room, User
from rooms.tests.support.clients import Client, database, person, room_of, token_of
from rooms.tests.support.servers import RunningServer, TestValkey

pytestmark = pytest.mark.slow
Start = Callable[..., RunningServer]
STALENESS = 6.0  # seconds from an ack to the last reader while Redis is down
TRIES = (ConnectionClosed, InvalidHandshake, OSError, TimeoutError, AssertionError)


def make(*names: str) -> tuple[Room, list[User]]:
    """Create a room and its members, the owner first."""
    people = [person(name) for name in names]
    return room_of(*people), people


def rows(room: Room) -> list[tuple[int, str | None]]:
    """Return a room's rows in the database: seq and client_id in order."""
    return list(Message.objects.filter(room=room).order_by("seq").values_list("seq", "client_id"))


class Speaker:
    """Sends a message every `pause` seconds and records when each was acknowledged."""

    def __init__(self, client: Client, room: Room, name: str, pause: float = 0.1) -> None:
        self.client, self.room, self.name, self.pause = client, room, name, pause
        self.sent: dict[str, float] = {}
        self.acked: dict[str, float] = {}
        self.refused: list[object] = []

    async def run(self, seconds: float) -> None:
        """Send for this long, waiting for each ack."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            client_id = f"{self.name}-{len(self.sent)}"
            self.sent[client_id] = time.monotonic()
            answer = await self.client.say(self.room, client_id, client_id)
            if answer["type"] == "ack":
                self.acked[client_id] = time.monotonic()
            else:
                self.refused.append(answer)
            await asyncio.sleep(self.pause)


def check_logs(room: Room, readers: list[Client], acked: set[str], truth: list[tuple[int, str | None]]) -> None:
    """Check that no acknowledged message is lost or duplicated, and that every reader saw each one in order."""
    client_ids = [client_id for _, client_id in truth]
    assert [seq for seq, _ in truth] == list(range(1, len(truth) + 1))
    assert len(set(client_ids)) == len(client_ids), "a client_id has two rows"
    assert acked <= set(client_ids), "an acknowledged message is not in the database"
    for reader in readers:
        assert reader.faults == []
        assert [message["seq"] for message in reader.messages[room.name]] == [seq for seq, _ in truth]


@pytest.mark.any_database
async def test_20_seconds_without_redis_lose_duplicate_and_reorder_nothing(
    server_factory: Start, valkey: TestValkey
) -> None:
    one, two = await asyncio.gather(asyncio.to_thread(server_factory, "uvicorn"), asyncio.to_thread(server_factory))
    room, people = await database(make, "ann", "ben", "cat", "dan")
    places = (one, one, two, two)
    clients = [await Client.open(server.ws_url, user=user) for server, user in zip(places, people, strict=True)]
    for client in clients:
        await client.join(room)
    speakers = [Speaker(clients[0], room, "one"), Speaker(clients[2], room, "two")]
    traffic = [asyncio.create_task(speaker.run(24)) for speaker in speakers]
    try:
        await asyncio.sleep(2)
        await asyncio.to_thread(valkey.kill9)
        killed = time.monotonic()
        await asyncio.sleep(20)
        back = time.monotonic()
    finally:
        await asyncio.to_thread(valkey.start)
    await asyncio.gather(*traffic)
    acked = {client_id: at for speaker in speakers for client_id, at in speaker.acked.items()}
    during = {client_id: at for client_id, at in acked.items() if killed < at < back - STALENESS}
    assert [speaker.refused for speaker in speakers] == [[], []]
    assert len(during) > 50, "sends went on while Redis was down"
    late = [
        f"{client_id} at {place}: {client.received_at.get(client_id, float('inf')) - at:.1f} s"
        for client_id, at in during.items()
        for place, client in enumerate(clients)
        if client.received_at.get(client_id, float("inf")) > min(at + STALENESS, back)
    ]
    assert late == [], f"{len(late)} of {len(during) * len(clients)} came later than {STALENESS} s after their ack"
    truth = await database(rows, room)
    for client in clients:
        await client.wait_until(lambda client=client: len(client.messages[room.name]) >= len(truth), 8)  # type: ignore[misc]
    # Redis is back: messages reach other processes again without waiting for a version check.
    latencies = []
    for number in range(10):
        sent = time.monotonic()
        await clients[0].say(room, "live", f"live-{number}")
        await clients[3].wait_until(lambda number=number: f"live-{number}" in clients[3].received_at, 8)  # type: ignore[misc]
        latencies.append(clients[3].received_at[f"live-{number}"] - sent)
    assert sorted(latencies)[5] < 0.5, latencies
    for client in clients:
        await client.wait_until(lambda client=client: f"live-{9}" in client.received_at)  # type: ignore[misc]
    check_logs(room, clients, set(acked), await database(rows, room))
    for client in clients:
        await client.close()


@pytest.mark.any_database
async def test_a_hanging_redis_delays_neither_sends_nor_handshakes(server_factory: Start, valkey: TestValkey) -> None:
    server = await asyncio.to_thread(server_factory, "uvicorn")
    room, (ann, ben) = await database(make, "ann", "ben")
    async with await Client.open(server.ws_url, user=ann) as one:
        await one.join(room)
        valkey.stop_signal()
        try:
            began = time.monotonic()
            async with await Client.open(server.ws_url, user=ben) as two:
                await two.join(room)
                assert time.monotonic() - began < 5
                for number in range(20):
                    sent = time.monotonic()
                    assert (await one.say(room, "x", f"x-{number}"))["type"] == "ack"
                    assert time.monotonic() - sent < 3
                await two.wait_until(lambda: len(two.contents(room)) == 20, STALENESS)
        finally:
            valkey.cont()


@pytest.mark.parametrize("kind", [pytest.param("daphne", marks=pytest.mark.any_database), "uvicorn"])
async def test_a_server_killed_under_load_loses_and_duplicates_nothing(server_factory: Start, kind: str) -> None:
    one, two = await asyncio.gather(*[asyncio.to_thread(server_factory, kind) for _ in range(2)])
    room, people = await database(make, "ann", "ben", "cat")
    acked: set[str] = set()
    stop = asyncio.Event()

    async def talk(user: User, name: str) -> None:
        """Send until told to stop. Retry unacknowledged messages on a new socket."""
        number = 0
        while not stop.is_set():
            with contextlib.suppress(*TRIES):
                async with await Client.open(one.ws_url, user=user) as client:
                    while not stop.is_set():
                        client_id = f"{name}-{number}"
                        answer = await client.say(room, client_id, client_id)
                        assert answer["type"] == "ack", answer
                        acked.add(client_id)
                        number += 1
            await asyncio.sleep(0.1)

    async def listen(user: User, expected: asyncio.Future[int]) -> list[int]:
        """Read the room to its end over as many sockets as needed. Returns the seqs."""
        seqs: list[int] = []
        position = 0
        while not expected.done() or len(seqs) < expected.result():
            with contextlib.suppress(*TRIES):
                async with await Client.open(one.ws_url, user=user) as client:
                    await client.join(room, after=position)
                    while not client.closing and not (expected.done() and len(seqs) >= expected.result()):
                        seqs += [message["seq"] for message in client.messages[room.name]]
                        client.messages[room.name].clear()
                        position = client.position[room.name]
                        faults.extend(client.faults)
                        await asyncio.sleep(0.02)
            await asyncio.sleep(0.1)
        return seqs

    faults: list[str] = []
    expected: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    async with await Client.open(two.ws_url, user=people[2]) as witness:
        await witness.join(room)
        speakers = [asyncio.create_task(talk(people[number], f"speaker-{number}")) for number in range(2)]
        readers = [asyncio.create_task(listen(people[number], expected)) for number in range(2)]
        for _ in range(2):
            await asyncio.sleep(1.5)
            before = len(acked)
            await asyncio.to_thread(one.kill9)
            await asyncio.to_thread(one.start)
        async with asyncio.timeout(30):
            while len(acked) == before:  # until the speakers are back
                await asyncio.sleep(0.05)
        stop.set()
        await asyncio.gather(*speakers)
        truth = await database(rows, room)
        expected.set_result(len(truth))
        assert acked <= {client_id for _, client_id in truth}
        for seqs in await asyncio.wait_for(asyncio.gather(*readers), 15):
            assert seqs == list(range(1, len(truth) + 1))
        assert faults == []
        await witness.wait_until(lambda: len(witness.contents(room)) == len(truth), STALENESS + 2)
        check_logs(room, [witness], acked, truth)


@pytest.mark.any_database
@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
async def test_a_reader_that_never_reads_delays_nobody_and_is_disconnected(server_factory: Start, kind: str) -> None:
    server = await asyncio.to_thread(server_factory, kind)
    room, (ann, ben, eve) = await database(make, "ann", "ben", "eve")
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect(("127.0.0.1", server.port))
    request = [f"GET /ws/rooms/{room.name}/ HTTP/1.1", f"Host: 127.0.0.1:{server.port}", "Upgrade: websocket"]
    request += ["Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]
    request += [f"Authorization: Bearer {await database(token_of, eve)}", "", ""]
    deaf.sendall("\r\n".join(request).encode())
    assert b"101" in deaf.recv(12)
    ours = deaf.getsockname()[1]

    def connected() -> bool:
        connections = psutil.Process(server.pid).net_connections(kind="tcp")
        return any(connection.raddr and connection.raddr.port == ours for connection in connections)

    async with await Client.open(server.ws_url, user=ann) as one, await Client.open(server.ws_url, user=ben) as two:
        await one.join(room)
        await two.join(room)
        content = "x" * settings.MAX_CONTENT_LENGTH
        began = time.monotonic()
        for number in range(600):  # about 10 MB with the HTML, more than the kernel's buffers hold
            await one.send("sendMessage", room_name=room.name, content=content)
            if number % 50 == 49:
                sent = time.monotonic()
                await one.ask("ping")
                assert time.monotonic() - sent < 3, "somebody else was held up"
        await two.wait_until(lambda: len(two.contents(room)) == 600, 15)
        slow = time.monotonic() - began > settings.SLOW_READER_SECONDS  # a slow machine has dropped it by now
        assert slow or await asyncio.to_thread(connected), "it was dropped before it was slow"
        while await asyncio.to_thread(connected):
            assert time.monotonic() - began < settings.SLOW_READER_SECONDS + 40, "it is still there"
            assert (await one.ask("ping"))["type"] == "pong"
            await asyncio.sleep(0.5)
        await one.say(room, "still here", "last")
        await two.wait_until(lambda: "last" in two.received_at)
    deaf.close()
