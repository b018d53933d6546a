"""Bad networks, made by proxies: between clients and servers, and between servers and their stores."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from django.db import connection

from faults.lab import Lab, Traffic
from rooms.tests.support.proxies import Proxy

DELAY, RATE, LOST_SECONDS = 0.1, 64_000, 4.0


async def bad_network(lab: Lab) -> None:
    """Delay, throttle, reset and swallow what is sent, at one place after the other."""
    async with AsyncExitStack() as stack:
        redis = await stack.enter_async_context(Proxy(str(lab.valkey.socket)))
        places: dict[str, Sequence[Proxy]] = {"Redis": [redis]}
        env = {"REDIS_URL": redis.url.replace("http", "redis")}
        if connection.vendor == "postgresql":
            there = connection.get_connection_params()
            database = await stack.enter_async_context(Proxy(f"{there['host']}/.s.PGSQL.5432"))
            places["PostgreSQL"] = [database]
            env["DATABASE_URL"] = f"postgres://{there['user']}@{database.url.partition('//')[2]}/{there['dbname']}"
        await lab.start(env=env)
        fronts = [await stack.enter_async_context(Proxy(server.port)) for server in lab.servers]
        places = {"servers": fronts, **places}
        room, users = await lab.room()
        members = await lab.members(room, users, [front.url.replace("http", "ws") for front in fronts])
        async with Traffic(members, 0.5):
            for proxies in places.values():
                await _disturb(proxies, lab.scale.seconds(3, 1))
        lab.report.note(f"before {', '.join(places)}")
        lab.report.note(f"{sum(len(member.absences) for member in members)} connections lost")
        await lab.settle(room, members)


async def _disturb(proxies: Sequence[Proxy], seconds: float) -> None:
    for proxy in proxies:
        proxy.delay = DELAY
    await asyncio.sleep(seconds)
    for proxy in proxies:
        proxy.delay, proxy.rate = 0.0, RATE
    await asyncio.sleep(seconds)
    for proxy in proxies:
        proxy.rate = 0
        proxy.reset()
    await asyncio.sleep(seconds)
    for proxy in proxies:
        proxy.swallow()
    await asyncio.sleep(LOST_SECONDS)
    for proxy in proxies:
        proxy.recover()
    await asyncio.sleep(seconds)
