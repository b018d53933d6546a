"""Server processes and PostgreSQL, killed or stopped under traffic."""

from __future__ import annotations

import asyncio
import time

from faults.lab import Lab, Traffic, p99
from faults.logs import Kind
from faults.members import Member

BACK_SECONDS, EXIT_SECONDS, DATABASE_BACK_SECONDS = 5.0, 15.0, 10.0
RESTARTING = 1012


async def kill_server(lab: Lab) -> None:
    """Kill one server and then the other, with messages on their way."""
    await lab.start()
    room, users = await lab.room()
    members = await lab.members(room, users)
    async with Traffic(members, 0.5):
        for victim in lab.servers:
            await asyncio.sleep(lab.scale.seconds(4, 2))
            await asyncio.to_thread(victim.kill9)
            await asyncio.sleep(lab.scale.seconds(3, 1))
            await asyncio.to_thread(victim.start)
        await asyncio.sleep(lab.scale.seconds(4, 2))
    absences = [seconds for member in members for seconds in member.absences]
    lab.report.require(len(absences) >= len(members), "Not everybody has lost a connection.")
    lab.report.at_most(f"{len(absences)} connections back (p99) in", p99(absences), BACK_SECONDS)
    await lab.settle(room, members)


async def stop_server(lab: Lab) -> None:
    """Stop one server with SIGTERM and then the other."""
    await lab.start()
    room, users = await lab.room()
    members = await lab.members(room, users)
    seconds, statuses = [], []
    async with Traffic(members, 0.5):
        for victim in lab.servers:
            await asyncio.sleep(lab.scale.seconds(4, 2))
            began = time.monotonic()
            statuses.append(await asyncio.to_thread(victim.terminate))
            seconds.append(time.monotonic() - began)
            await asyncio.to_thread(victim.start)
        await asyncio.sleep(lab.scale.seconds(4, 2))
    codes = [code for member in members for code in member.close_codes]
    lab.report.require(len(codes) >= len(members), "Not every socket was closed.")
    lab.report.note(f"{codes.count(RESTARTING)} sockets closed with 1012")
    lab.report.none_of("with another code", [code for code in codes if code != RESTARTING])
    lab.report.none_of("exits with an error", [status for status in statuses if status])
    lab.report.at_most("exit in", max(seconds), EXIT_SECONDS)
    await lab.settle(room, members)


async def kill_postgresql(lab: Lab) -> None:
    """Kill every process of PostgreSQL while commits are on their way."""
    assert lab.postgres is not None, "This row needs a PostgreSQL of its own."
    await lab.start()
    room, users = await lab.room()
    members = await lab.members(room, users)
    back: list[float] = []
    async with Traffic(members, 0.1) as traffic:
        for _ in range(lab.scale.count(3)):
            await asyncio.sleep(lab.scale.seconds(3, 2))
            async with asyncio.timeout(10):
                while not traffic.unanswered():
                    await asyncio.sleep(0)
            on_their_way = traffic.unanswered()
            lab.postgres.kill9()
            lab.report.note(f"{on_their_way} unanswered when killed")
            await asyncio.sleep(2)
            began = time.monotonic()
            await asyncio.to_thread(lab.postgres.start)
            started = time.monotonic()
            lab.report.note(f"it recovered in {started - began:.1f} s")
            back += await asyncio.gather(*(_answered(member, started) for member in members))
    lab.report.at_most("writing again in", max(back), DATABASE_BACK_SECONDS)
    await lab.settle(room, members)


async def _answered(member: Member, since: float) -> float:
    """Wait for a person's next ack. Returns the seconds since then."""
    async with asyncio.timeout(60):
        while True:
            last = next((entry.at for entry in reversed(member.log.entries) if entry.kind == Kind.ACK), 0.0)
            if last > since:
                return last - since
            await asyncio.sleep(0.02)
