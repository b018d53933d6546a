"""Redis killed, and Redis hanging."""

from __future__ import annotations

import asyncio
import statistics
import time

import orjson
from websockets.asyncio.client import connect

from faults.lab import Lab, Traffic, ack_seconds, delivery_seconds
from faults.members import Member
from rooms.tests.support.clients import database, token_of

STALE_SECONDS, HANDSHAKE_SECONDS = 6.0, 2.0
LIVE_SECONDS = 0.5  # from a send to its receipt when Redis is back
ACK_SECONDS = 3.0  # while Redis is away


async def kill_redis(lab: Lab) -> None:
    """Kill Redis under traffic. In a second room, people write only while it is away."""
    await lab.start()
    room, users = await lab.room()
    members = await lab.members(room, users)
    other_room, other_users = await lab.room(4)
    others = await lab.members(other_room, other_users)
    logs = [member.log for member in members]
    async with Traffic(members, 0.6):
        await asyncio.sleep(2)
        await asyncio.to_thread(lab.valkey.kill9)
        killed = time.monotonic()
        try:
            async with Traffic(others, 0.6):
                await asyncio.sleep(lab.scale.seconds(20, 9) - STALE_SECONDS)
            await asyncio.sleep(STALE_SECONDS)
            late = delivery_seconds(logs, killed, time.monotonic() - STALE_SECONDS, acked=True)
            back = time.monotonic()
        finally:
            await asyncio.to_thread(lab.valkey.start)
        await asyncio.sleep(5)
        live = time.monotonic()
        await asyncio.sleep(3)
    acks = ack_seconds(logs, killed, back - ACK_SECONDS)
    lab.report.require(len(acks) > len(members), "Sends did not go on.")
    lab.report.note(f"{len(acks)} sends")
    lab.report.at_most("acknowledged in", max(acks, default=float("inf")), ACK_SECONDS)
    lab.report.at_most("staleness", max(late, default=float("inf")), STALE_SECONDS)
    lab.report.at_most("then live (median)", statistics.median(delivery_seconds(logs, live)), LIVE_SECONDS)
    await asyncio.gather(lab.settle(room, members), lab.settle(other_room, others))


async def stop_redis(lab: Lab) -> None:
    """Stop Redis with SIGSTOP: it accepts connections and does not answer."""
    await lab.start()
    room, users = await lab.room()
    members = await lab.members(room, users)
    token = await database(token_of, users[0])
    logs = [member.log for member in members]
    seconds = lab.scale.seconds(10, 5)
    welcomed: list[float] = []
    joined: list[float] = []
    async with Traffic(members, 0.6):
        await asyncio.sleep(2)
        lab.valkey.stop_signal()
        try:
            stopped = time.monotonic()
            while time.monotonic() < stopped + seconds:
                for address in lab.addresses:
                    began = time.monotonic()
                    welcomed.append(await _handshake(address, token))
                    visitor = Member("visitor", token, room.name, [address])
                    await visitor.come()
                    joined.append(time.monotonic() - began - welcomed[-1])
                    await visitor.leave()
                await asyncio.sleep(0.5)
            back = time.monotonic()
        finally:
            lab.valkey.cont()
        await asyncio.sleep(4)
    acks = ack_seconds(logs, stopped, back)
    lab.report.require(len(acks) > len(members), "Sends did not go on.")
    lab.report.at_most(f"{len(welcomed)} handshakes in", max(welcomed), HANDSHAKE_SECONDS)
    lab.report.note(f"joined in {max(joined):.2f} s")
    lab.report.at_most(f"{len(acks)} sends acknowledged in", max(acks), ACK_SECONDS)
    lab.report.at_most("staleness", max(delivery_seconds(logs, stopped, back, acked=True)), STALE_SECONDS)
    await lab.settle(room, members)


async def _handshake(address: str, token: str) -> float:
    """Open a socket and close it. Returns the seconds until it was welcomed."""
    began = time.monotonic()
    headers = {"Authorization": f"Bearer {token}"}
    async with connect(f"{address}/ws/", additional_headers=headers, proxy=None, compression=None) as socket:
        assert orjson.loads(await socket.recv())["type"] == "welcome"
        return time.monotonic() - began
