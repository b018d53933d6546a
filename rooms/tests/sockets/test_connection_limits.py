"""Connection limits and disconnecting, across processes with one database and one Valkey."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

import pytest

from rooms.models import User
from rooms.services.connections import connection_disconnect_from
from rooms.tests.support.clients import Client, Frame, database, token_of
from rooms.tests.support.presence import people, table
from rooms.tests.support.scenarios import Scenarios
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.any_database
ENVIRONMENT = {
    "TABLE_CHECK_SECONDS": "1",
    "MAX_CONNECTIONS_PER_USER": "4",
    "MAX_CONNECTIONS_PER_ADDRESS": "2",
    "TRUSTED_PROXIES": "127.0.0.1",
}


class Servers(NamedTuple):
    """Three processes; `small` may have three sockets."""

    daphne: RunningServer
    uvicorn: RunningServer
    small: RunningServer


scenario = Scenarios[Servers]()


async def first_frame(url: str, user: User) -> Frame:
    """Open a socket and close it. Returns its first frame."""
    async with await Client.open(url, user=user) as client:
        return await client.next_frame()


@scenario
async def a_process_has_a_limit(servers: Servers) -> None:
    _, (ann,) = await database(people, "ann")
    url = servers.small.ws_url
    async with await Client.open(url, user=ann), await Client.open(url, user=ann):
        async with await Client.open(url, user=ann) as third:
            await third.wait_for("welcome")
            fourth = await Client.open(url)
            assert (await fourth.wait_for("error"))["code"] == "rate_limited"
            assert await fourth.closed() == 1008
        while (await first_frame(url, ann))["type"] == "error":  # until the server has noticed that it was closed
            await asyncio.sleep(0.05)


@scenario
async def a_disconnect_reaches_the_process_with_the_socket(servers: Servers) -> None:
    room, (ann, ben) = await database(people, "ann", "ben")
    async with await Client.open(servers.uvicorn.ws_url, user=ben) as client:
        connection_id = (await client.wait_for("welcome"))["connection_id"]
        await client.join(room)
        await table(room, ("uvicorn", ben))
        await database(connection_disconnect_from, by=ann, room=room, connection_id=connection_id)
        assert await client.closed() == 4003
    await table(room)


@scenario
async def a_user_has_a_limit_across_all_processes(servers: Servers) -> None:
    room, (ann, ben) = await database(people, "ann", "ben")
    anns = [await Client.open(servers.daphne.ws_url, user=ann) for _ in range(4)]
    bens = [
        await Client.open(server.ws_url, user=ben) for server in (servers.daphne, servers.uvicorn) for _ in range(2)
    ]
    for client in (*anns, *bens):
        await client.join(room)
    fifth = await Client.open(servers.daphne.ws_url, user=ann)
    assert (await fifth.wait_for("error"))["status"] == 429
    assert await fifth.closed() == 1008
    for server in (servers.daphne, servers.uvicorn):
        await until_refused(server, ben)
    for client in (*anns, *bens):
        assert not client.closing
        await client.close()


@scenario
async def a_network_has_a_limit_across_all_processes_except_loopback(servers: Servers) -> None:
    room, (ann, ben) = await database(people, "ann", "ben")
    outside, same = {"X-Forwarded-For": "2001:db8::1"}, {"X-Forwarded-For": "2001:db8::2"}
    clients = [
        await Client.open(server.ws_url, user=ann, headers=outside) for server in (servers.daphne, servers.uvicorn)
    ]
    clients += [await Client.open(servers.daphne.ws_url, user=ben) for _ in range(3)]
    for client in clients:
        await client.join(room)
    deadline = time.monotonic() + 20
    for server in (servers.daphne, servers.uvicorn):
        while True:
            async with await Client.open(server.ws_url, user=ben, headers=same) as third:
                if (await third.next_frame())["type"] == "error":
                    assert await third.closed() == 1008
                    break
            assert time.monotonic() < deadline, "not refused"
            await asyncio.sleep(0.2)
    for client in clients:
        assert not client.closing
        await client.close()


async def until_refused(server: RunningServer, user: User) -> None:
    """Sign in on sockets until the process knows those in other processes and rejects one."""
    deadline = time.monotonic() + 20
    while True:
        async with await Client.open(server.ws_url) as client:
            await client.wait_for("welcome")
            await client.send("authenticate", token=await database(token_of, user))
            answer = await client.next_frame()
            if answer["type"] == "error":
                assert (answer["code"], await client.closed()) == ("rate_limited", 1008)
                return
        assert time.monotonic() < deadline, "not refused"
        await asyncio.sleep(0.2)


async def test_connection_limits(server_factory: Callable[..., RunningServer], subtests: pytest.Subtests) -> None:
    wanted = [("daphne", ENVIRONMENT), ("uvicorn", ENVIRONMENT), ("uvicorn", ENVIRONMENT | {"MAX_CONNECTIONS": "3"})]
    servers = await asyncio.gather(*(asyncio.to_thread(server_factory, *each) for each in wanted))
    await scenario.run(Servers(*servers), subtests)
