"""Two installations on one Redis have rooms with the same ids and do not receive each other's messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import Client, database
from rooms.tests.support.servers import RunningServer

pytestmark = pytest.mark.any_database


async def test_two_installations_on_one_redis_do_not_receive_each_others_messages(
    server_factory: Callable[..., RunningServer],
) -> None:
    ours = await asyncio.to_thread(server_factory)
    theirs = await asyncio.to_thread(server_factory, env={"SECRET_KEY": "of another installation, and long enough too"})
    room, _ = await make_room("ann", kind="open")
    await database(lambda: type(room).objects.filter(pk=room.pk).update(guests="write"))
    async with await Client.open(ours.ws_url) as here, await Client.open(theirs.ws_url) as there:
        await here.join(room)
        await there.join(room)
        # Both use one database, so that only an announcement, not the version check, could deliver it this quickly.
        await here.ask("sendMessage", room_name=room.name, content="ours", user_name="eve")
        await here.wait_until(lambda: here.contents(room) == ["ours"])
        assert there.contents(room) == []
        await asyncio.sleep(0.5)
        assert there.contents(room) == []
