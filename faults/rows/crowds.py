"""Many sockets: that join, come back all at once, come and go, or do nothing for long."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import count

from faults.lab import Lab, Traffic
from faults.logs import Log
from faults.members import Member
from faults.state import State
from rooms.models import Room
from rooms.tests.support.clients import database, token_of

AT_ONCE = 40  # people who join, each one socket after the other
SOCKETS = 1000
COMING_BACK_SECONDS, SYNC_SECONDS = 5.0, 30.0
MISSED = 20  # messages
IDLE_SECONDS = 600.0
READING_MESSAGES = re.compile(r'SELECT\b.*\bFROM "?rooms_message"?\s', re.DOTALL)
SETTLING_SECONDS = 40.0  # in which everything about a closed socket must be gone


async def joins(lab: Lab) -> None:
    """Join 2,000 times while people write: each visitor twice, the second time from the version that they have."""
    await lab.start()
    room, users = await lab.room(AT_ONCE)
    writers = await lab.members(room, users[:4])
    tokens = await database(lambda: [token_of(user) for user in users])
    logs: list[Log] = []
    visits = iter(range(lab.scale.count(1000)))

    async def visit_again_and_again(token: str) -> None:
        for number in visits:
            visitor = Member(f"visitor-{number}", token, room.name, lab.addresses, number)
            logs.append(visitor.log)
            for _ in range(2):
                await visitor.come()
                await asyncio.sleep(random.uniform(0.05, 0.3))
                await visitor.leave(clean=random.random() < 0.5)

    began = time.monotonic()
    async with Traffic(writers, 0.05):
        await asyncio.gather(*map(visit_again_and_again, tokens))
        took = time.monotonic() - began
    lab.report.note(f"{2 * len(logs)} joins in {took:.0f} s")
    await lab.settle(room, writers, logs)


async def reconnects(lab: Lab) -> None:
    """Drop 1,000 sockets of one server, which come back within five seconds."""
    state = State(lab)
    first, _ = await lab.start(env={"MAX_CONNECTIONS": "3000"}, altered=state.altered)
    room, users = await lab.room(AT_ONCE)
    writer = (await lab.members(room, users[:1], [lab.addresses[1]]))[0]
    tokens = await database(lambda: [token_of(user) for user in users])
    crowd = [
        Member(f"reader-{number}", tokens[number % AT_ONCE], room.name, [first.ws_url])
        for number in range(lab.scale.count(SOCKETS))
    ]
    for member in crowd:
        member.retry_seconds = (0.0, COMING_BACK_SECONDS)
    for start in range(0, len(crowd), AT_ONCE):
        await asyncio.gather(*(member.come() for member in crowd[start : start + AT_ONCE]))
    await writer.say("before")
    await _all_at(crowd, writer)
    queries = (await state.read(first)).queries
    for member in crowd:
        member.failures.clear()
        member.drop()
    began = time.monotonic()
    for number in range(MISSED):
        await writer.say(f"missed-{number}")
        await asyncio.sleep(COMING_BACK_SECONDS / MISSED)
    await _all_at(crowd, writer)
    lab.report.at_most(f"{len(crowd)} sockets in sync in", time.monotonic() - began, SYNC_SECONDS)
    made = (await state.read(first)).queries - queries
    lab.report.none_of("refused", [failure for member in crowd for failure in member.failures])
    each = sum(times // len(crowd) for times in made.values())
    rest = sum(times % len(crowd) for times in made.values())
    of_messages = sum(times for sql, times in made.items() if READING_MESSAGES.match(sql))
    lab.report.note(f"{each} queries per socket, to identify it and to find the room")
    lab.report.at_most("all others", rest, len(crowd) / 2, "queries")
    lab.report.at_most("of them for messages", of_messages, 2 * MISSED, "queries")
    await lab.settle(room, [writer, *crowd])


async def _all_at(crowd: Iterable[Member], writer: Member) -> None:
    """Wait until everybody has joined and is at the version of the writer."""
    async with asyncio.timeout(4 * SYNC_SECONDS):
        for member in crowd:
            while not member.joined.is_set() or (member.position or 0) < (writer.position or 0):
                await asyncio.sleep(0.02)


async def cycles(lab: Lab) -> None:
    """Connect, join and disconnect 1,000 times, half of them without a close frame."""
    state = State(lab)
    (server,) = await lab.start(1, altered=state.altered)
    rooms = [await lab.room(AT_ONCE) for _ in range(5)]
    staying = [member for room, users in rooms for member in await lab.members(room, users[:1])]
    tokens = {room: await database(lambda users=users: [token_of(user) for user in users]) for room, users in rooms}

    async def come_and_go(times: int) -> None:
        numbers = iter(range(times))
        await asyncio.gather(*(_come_and_go(lab, tokens, numbers) for _ in range(AT_ONCE // 2)))

    await come_and_go(lab.scale.count(300))
    await asyncio.sleep(lab.scale.seconds(14, 12))
    before = await state.read(server)
    await come_and_go(lab.scale.count(SOCKETS))
    began = time.monotonic()
    after = await state.read(server)
    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLING_SECONDS):
            while not after.is_within(before):
                await asyncio.sleep(1)
                after = await state.read(server)
    lab.report.note(f"back in {time.monotonic() - began:.0f} s")
    for name, value in after.figures.items():
        lab.report.note(f"{value} {name} (before {before.figures[name]})")
        lab.report.require(
            value <= before.figures[name], f"{value} {name} were left, of {before.figures[name]} before."
        )
    for member in staying:
        await member.say("still here")
        await member.leave()


async def _come_and_go(lab: Lab, tokens: dict[Room, list[str]], numbers: Iterator[int]) -> None:
    for number in numbers:
        room = random.choice(list(tokens))
        visitor = Member("visitor", random.choice(tokens[room]), room.name, lab.addresses)
        await visitor.come()
        await visitor.leave(clean=number % 2 == 0)


async def idle(lab: Lab) -> None:
    """Do nothing for ten minutes, and then write."""
    await lab.start()
    room, users = await lab.room()
    members = await lab.members(room, users)
    await asyncio.sleep(lab.scale.seconds(IDLE_SECONDS))
    lab.report.note(f"{lab.scale.seconds(IDLE_SECONDS):.0f} s")
    lab.report.none_of("disconnects", [code for member in members for code in member.close_codes])
    lab.report.require(all(member.heartbeats for member in members), "Somebody got no heartbeat.")
    for number, member in zip(count(1), members, strict=False):
        await member.say(f"awake-{number}")
    await lab.settle(room, members)
