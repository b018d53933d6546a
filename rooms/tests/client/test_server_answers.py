"""How the client handles rare server behaviour, from a scripted server over a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
import pytest
from websockets.asyncio.server import ServerConnection, serve

from rooms.client import Client, ConnectionEnded, connect, connection, subscriptions
from rooms.tests.client.test_client import contents, take

pytestmark = pytest.mark.any_database
Frame = dict[str, Any]


class Peer:
    """The server's end of one socket."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket

    async def say(self, frame_type: str, **fields: Any) -> None:
        """Send a frame."""
        await self.socket.send(orjson.dumps({"type": frame_type, **fields}).decode())

    async def welcome(self, heartbeat_interval: float = 30) -> None:
        """Send `welcome`."""
        await self.say("welcome", heartbeat_interval=heartbeat_interval, limits={"content": 8000, "frame": 131072})

    async def hear(self, action: str) -> Frame:
        """Return the next frame, which must be of this `action`."""
        frame: Frame = orjson.loads(await asyncio.wait_for(self.socket.recv(), 5))
        assert frame["action"] == action, frame
        return frame

    async def admit(self, *, epoch: str = "e1", version: int = 0, recovered: bool = False) -> Frame:
        """Answer a joinRoom with `joined`. Returns the request."""
        asked = await self.hear("joinRoom")
        names = {name: asked[name] for name in ("room_name", "request_id")}
        await self.say("joined", **names, epoch=epoch, version=version, recovered=recovered)
        return asked

    async def show(self, after: int | None, *versions: int, history: bool = False) -> None:
        """Send messages with these versions in a frame that ends at the last of them."""
        messages = [{"room_name": "r", "seq": v, "version": v, "content": f"v{v}", "html": ""} for v in versions]
        mark = {"history": True} if history else {}
        await self.say(
            "messages", room_name="r", after=after, version=max([after or 0, *versions]), messages=messages, **mark
        )

    async def acknowledge(self, send: Frame, seq: int) -> None:
        """Acknowledge a sendMessage."""
        names = {name: send[name] for name in ("room_name", "request_id", "client_id")}
        await self.say("ack", seq=seq, version=seq, **names)

    async def refuse(self, frame: Frame, status: int, code: str, **fields: Any) -> None:
        """Answer a request with an error."""
        await self.say("error", status=status, code=code, detail="No.", request_id=frame["request_id"], **fields)


Script = Callable[[Peer], Awaitable[None]]


@asynccontextmanager
async def scripted(*scripts: Script) -> AsyncIterator[Client]:
    """Return a client of a server that runs one script per connection. All must end without an error."""
    left = list(scripts)
    played: list[asyncio.Future[None]] = []

    async def converse(socket: ServerConnection) -> None:
        if left:
            played.append(asyncio.ensure_future(left.pop(0)(Peer(socket))))
            await asyncio.wait(played[-1:])

    async with serve(converse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with connect(f"ws://127.0.0.1:{port}", token="t") as client:
            try:
                async with asyncio.timeout(10):  # a script that failed no longer answers
                    yield client
            finally:
                await asyncio.wait_for(asyncio.gather(*played), 5)
        assert left == []


async def test_rate_limited_sends_are_retried_in_order_one_by_one() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        refused = [await peer.hear("sendMessage") for _ in range(3)]
        at = asyncio.get_running_loop().time()
        for frame in refused:
            await peer.refuse(frame, 429, "rate_limited", retry_after=0.3)
        for seq, before in enumerate(refused, 1):
            again = await peer.hear("sendMessage")
            assert again == before
            assert asyncio.get_running_loop().time() - at >= 0.29  # it keeps the interval after an ack, too
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(peer.socket.recv(), 0.1)  # the next one waits for the answer
            await peer.acknowledge(again, seq)
            at = asyncio.get_running_loop().time()

    async with scripted(script) as client:
        acks = await asyncio.gather(*[client.send("r", str(number)) for number in range(3)])
        assert [ack.seq for ack in acks] == [1, 2, 3]


async def test_sends_rejected_during_a_database_outage_are_retried_with_the_same_client_id() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        first = await peer.hear("sendMessage")
        await peer.refuse(first, 503, "unavailable")
        again = await peer.hear("sendMessage")
        assert again == first
        await peer.acknowledge(again, 1)

    async with scripted(script) as client:
        assert (await client.send("r", "hello")).seq == 1


async def test_at_most_32_sends_are_in_flight() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        frames = [await peer.hear("sendMessage") for _ in range(32)]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(peer.socket.recv(), 0.1)
        await peer.acknowledge(frames[0], 1)
        frames.append(await peer.hear("sendMessage"))
        for seq, frame in enumerate(frames[1:], 2):
            await peer.acknowledge(frame, seq)

    async with scripted(script) as client:
        await asyncio.gather(*[client.send("r", str(number)) for number in range(33)])


async def test_sends_and_subscriptions_resume_on_another_connection() -> None:
    sent: list[Frame] = []

    async def first(peer: Peer) -> None:
        await peer.welcome()
        assert (await peer.admit())["history"] == 0
        await peer.show(None)
        await peer.show(0, 1, 2)
        sent.append(await peer.hear("sendMessage"))

    async def second(peer: Peer) -> None:
        await peer.welcome()
        frames = {frame["action"]: frame for frame in [orjson.loads(await peer.socket.recv()) for _ in range(2)]}
        assert frames["sendMessage"] == sent[0]
        assert frames["joinRoom"]["after"] == 2
        await peer.acknowledge(sent[0], 3)

    async with scripted(first, second) as client:
        await client.join("r")
        assert (await client.send("r", "hello")).seq == 3


async def test_duplicates_are_dropped_and_gaps_are_requested() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        await peer.admit()
        await peer.show(None)
        await peer.show(0, 1, 2)
        await peer.show(1, 2, 3)  # overlaps
        await peer.show(0, 1)  # old
        await peer.show(5, 6)  # misses 4 and 5
        assert (await peer.admit(version=6, recovered=True))["after"] == 3
        await peer.show(3, 4, 5, 6)

    async with scripted(script) as client:
        await client.join("r")
        assert contents(await take(client, 6)) == ["v1", "v2", "v3", "v4", "v5", "v6"]
        assert client.waiting == 0


async def test_a_heartbeat_ahead_of_the_position_makes_the_client_resubscribe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subscriptions, "MAX_LAG_SECONDS", 0.1)

    async def script(peer: Peer) -> None:
        await peer.welcome()
        await peer.admit()
        await peer.show(None)
        await peer.say("heartbeat", versions={"r": 0, "other": 9})
        await peer.say("heartbeat", versions={"r": 1})
        assert (await peer.admit(version=1, recovered=True))["after"] == 0
        await peer.show(0, 1)

    async with scripted(script) as client:
        await client.join("r")
        assert contents(await take(client, 1)) == ["v1"]


async def test_another_epoch_reloads_the_room() -> None:
    async def first(peer: Peer) -> None:
        await peer.welcome()
        await peer.admit()
        await peer.show(None)
        await peer.show(0, 1, 2)

    async def second(peer: Peer) -> None:
        await peer.welcome()
        assert (await peer.admit(epoch="e2", version=3, recovered=True))["after"] == 2
        await peer.show(2, 3)  # from before the reset: must not follow what is known
        asked = await peer.admit(epoch="e2", version=3)
        assert "after" not in asked
        assert "history" not in asked
        await peer.show(None, 1, history=True)
        await peer.show(None, 2, 3)
        await peer.show(3, 4)

    async with scripted(first, second) as client:
        await client.join("r")
        assert contents(await take(client, 6)) == ["v1", "v2", "v1", "v2", "v3", "v4"]


async def test_the_client_reconnects_if_the_server_falls_silent() -> None:
    async def silent(peer: Peer) -> None:
        await peer.welcome(heartbeat_interval=0.1)
        await peer.socket.wait_closed()

    async def second(peer: Peer) -> None:
        await peer.welcome()
        await peer.acknowledge(await peer.hear("sendMessage"), 1)

    async with scripted(silent, second) as client:
        await asyncio.sleep(0.5)
        assert (await client.send("r", "hello")).seq == 1


async def test_after_a_connection_limit_the_client_waits_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_RETRY_WAIT", 1.5)
    times: list[float] = []

    async def full(peer: Peer) -> None:
        await peer.welcome()
        times.append(asyncio.get_running_loop().time())
        await peer.socket.close(1008)

    async def second(peer: Peer) -> None:
        times.append(asyncio.get_running_loop().time())
        await peer.welcome()
        await peer.acknowledge(await peer.hear("sendMessage"), 1)

    async with scripted(full, second) as client:
        await client.send("r", "hello")
    assert times[1] - times[0] >= 0.5


async def test_a_moderator_s_disconnect_ends_the_client() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        await peer.socket.close(4003)

    async with scripted(script) as client:
        with pytest.raises(ConnectionEnded) as ended:
            await take(client, 1)
        assert ended.value.code == 4003
        with pytest.raises(ConnectionEnded):
            await client.join("r")


async def test_an_invalid_frame_ends_the_client_instead_of_leaving_it_waiting() -> None:
    async def script(peer: Peer) -> None:
        await peer.welcome()
        await peer.socket.send("{}")

    async with scripted(script) as client:
        with pytest.raises(ConnectionEnded, match="does not understand"):
            await take(client, 1)
