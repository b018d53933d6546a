"""People who are away, over sockets of two processes."""

import asyncio
from collections.abc import Callable

import pytest

from chatproject.models import Connection
from rooms.models import Room, User
from rooms.tests.support.clients import PATIENCE, Client, database, person, room_of
from rooms.tests.support.servers import RunningServer

ENVIRONMENT = {"PROCESS_SEEN_SECONDS": "1", "TABLE_CHECK_SECONDS": "1"}
Servers = tuple[RunningServer, RunningServer]


@pytest.fixture
async def servers(server_factory: Callable[..., RunningServer]) -> Servers:
    """Two processes that soon notice that the other one has died."""
    kinds = ("uvicorn", "daphne")
    first, second = await asyncio.gather(*(asyncio.to_thread(server_factory, kind, ENVIRONMENT) for kind in kinds))
    return first, second


async def open_idle(server: RunningServer, user: User) -> Client:
    client = await Client.open(server.ws_url, user=user)
    await client.send("setIdle", idle=True)
    return client


async def told(client: Client, room: Room, user: User, *, away: bool) -> None:
    """Wait until a client has been told that somebody is away, or is back."""
    field = "away_ids" if away else "back_ids"
    frame = await client.wait_for("away", room_name=room.name, within=3 * PATIENCE)
    while user.pk not in frame[field]:
        frame = await client.wait_for("away", room_name=room.name, within=3 * PATIENCE)
    client.frames = [one for one in client.frames if one["type"] != "away"]


async def idle_sockets(user: User, count: int) -> None:
    """Wait until the table has this many idle sockets of a user."""
    async with asyncio.timeout(PATIENCE):
        while await database(Connection.objects.filter(user=user, idle=True).count) != count:
            await asyncio.sleep(0.05)


async def test_a_person_is_away_while_all_their_sockets_are_idle_in_whatever_process(servers: Servers) -> None:
    first, second = servers
    ann, ben = [await database(person, name) for name in ("ann", "ben")]
    room, elsewhere = await database(room_of, ann, ben), await database(room_of, ben)
    async with (
        await Client.open(first.ws_url, user=ann) as watcher,
        await Client.open(first.ws_url, user=ben) as one,
        await Client.open(second.ws_url, user=ben) as two,
    ):
        await watcher.join(room)
        await one.join(room)
        await two.join(elsewhere)
        await one.send("setIdle", idle=True)
        await told(watcher, room, ben, away=False)  # the other one is active
        await two.send("setIdle", idle=True)
        await told(watcher, room, ben, away=True)
        await two.send("setIdle", idle=False)
        await told(watcher, room, ben, away=False)
        await two.close()
        await told(watcher, room, ben, away=True)
        async with await Client.open(second.ws_url, user=ben):  # a program, which never says that it is idle
            await told(watcher, room, ben, away=False)
        await told(watcher, room, ben, away=True)


async def test_a_person_whose_active_page_was_on_a_killed_server_is_away(servers: Servers) -> None:
    staying, doomed = servers
    ann, ben = [await database(person, name) for name in ("ann", "ben")]
    room = await database(room_of, ann, ben)
    async with (
        await Client.open(staying.ws_url, user=ann) as watcher,
        await Client.open(doomed.ws_url, user=ben) as active,
        await open_idle(staying, ben),
    ):
        await watcher.join(room)
        await active.join(room)
        await idle_sockets(ben, 1)
        watcher.frames.clear()
        await asyncio.to_thread(doomed.kill9)
        await told(watcher, room, ben, away=True)


async def test_the_field_is_checked(live: RunningServer) -> None:
    ann = await database(person, "ann")
    async with await Client.open(live.ws_url, user=ann) as client:
        assert (await client.ask("setIdle"))["code"] == "missing_field"
        for wrong in ("yes", 1):
            assert (await client.ask("setIdle", idle=wrong))["code"] == "invalid_field"
