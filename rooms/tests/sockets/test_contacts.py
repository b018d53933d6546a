"""Who is online, as told to the people who share a direct room with them, by servers of two processes."""

import asyncio
from collections.abc import Callable

import pytest

from rooms.models import User
from rooms.services.direct_rooms import direct_room_open
from rooms.tests.support.clients import Client, Frame, database, person, room_of
from rooms.tests.support.servers import RunningServer

ENVIRONMENT = {"PRESENCE_GRACE_SECONDS": "3", "PROCESS_SEEN_SECONDS": "1", "TABLE_CHECK_SECONDS": "1"}
Servers = tuple[RunningServer, RunningServer]


@pytest.fixture
async def servers(server_factory: Callable[..., RunningServer]) -> Servers:
    """Two processes that soon notice that the other one has died."""
    kinds = ("uvicorn", "daphne")
    first, second = await asyncio.gather(*(asyncio.to_thread(server_factory, kind, ENVIRONMENT) for kind in kinds))
    return first, second


async def told(client: Client, *, online: list[User], away: list[User] | None = None) -> Frame:
    """Wait until a client has been told that exactly these contacts are online."""
    wanted = {"online": sorted(user.pk for user in online), "away": [user.pk for user in away or []]}
    return await client.wait_for("unread", contacts=wanted)


async def open_direct(user: User, *others: User) -> None:
    await database(direct_room_open, by=user, people=others)


async def test_contacts_are_told_who_comes_goes_and_is_away_in_whatever_process(servers: Servers) -> None:
    first, second = servers
    ann, ben, eve = [await database(person, name) for name in ("ann", "ben", "eve")]
    await open_direct(ann, ben)
    await database(room_of, ann, eve)  # sharing another room tells nothing
    async with await Client.open(first.ws_url, user=ann) as watcher, await Client.open(second.ws_url, user=eve):
        assert (await watcher.ask("watch"))["contacts"] == {"online": [], "away": []}
        async with await Client.open(second.ws_url, user=ben) as one:
            await told(watcher, online=[ben])
            await one.send("setIdle", idle=True)
            await told(watcher, online=[ben], away=[ben])
            async with await Client.open(first.ws_url, user=ann) as other:
                assert (await other.ask("watch"))["contacts"] == {"online": [ben.pk], "away": [ben.pk]}
        watcher.frames.clear()
        await told(watcher, online=[])


async def test_a_person_who_opens_another_page_is_not_told_to_have_left(servers: Servers) -> None:
    first, second = servers
    ann, ben, zed = [await database(person, name) for name in ("ann", "ben", "zed")]
    await open_direct(ann, ben)
    await open_direct(ann, zed)
    async with await Client.open(first.ws_url, user=ann) as watcher:
        await watcher.ask("watch")
        zeds = await Client.open(first.ws_url, user=zed)
        former = await Client.open(second.ws_url, user=ben)
        await told(watcher, online=[ben, zed])
        watcher.frames.clear()
        for server in (second, first):  # on the same server, then on another one
            await former.close()
            former = await Client.open(server.ws_url, user=ben)
        await zeds.close()  # the last one to leave, so that the grace period of the others is over
        frame = await told(watcher, online=[ben])
        seen = [one["contacts"]["online"] for one in [*watcher.frames, frame] if "contacts" in one]
        assert all(ben.pk in online for online in seen)
        await former.close()
        await told(watcher, online=[])


async def test_contacts_on_a_killed_server_are_gone(servers: Servers) -> None:
    staying, doomed = servers
    ann, ben = [await database(person, name) for name in ("ann", "ben")]
    await open_direct(ann, ben)
    async with await Client.open(staying.ws_url, user=ann) as watcher:
        await watcher.ask("watch")
        async with await Client.open(doomed.ws_url, user=ben):
            await told(watcher, online=[ben])
            watcher.frames.clear()
            await asyncio.to_thread(doomed.kill9)
            await told(watcher, online=[])
