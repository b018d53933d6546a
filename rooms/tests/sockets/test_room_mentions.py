"""Mentions of everybody over sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from chatproject.realtime.presence.registry_rows import signed_in_connections
from rooms.models import Mention, User
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import PATIENCE, Client, database
from rooms.tests.support.servers import RunningServer


async def registered(*users: User) -> None:
    """Wait until the connection table has a socket of each of these users."""
    ids = {user.pk for user in users}
    deadline = time.monotonic() + PATIENCE
    while not ids <= set(await database(lambda: list(signed_in_connections().values_list("user", flat=True)))):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_too_many_in_an_hour_are_refused(
    server_factory: Callable[..., RunningServer],
) -> None:
    server = await database(server_factory, "uvicorn", {"ROOM_MENTIONS_PER_HOUR": "1"})
    room, (ann,) = await make_room("ann")
    async with await Client.open(server.ws_url, user=ann) as client:
        assert (await client.say(room, "@room"))["type"] == "ack"
        refused = await client.say(room, "@here", client_id="c1")
        assert (refused["code"], refused["client_id"]) == ("rate_limited", "c1")
        assert refused["retry_after"] > 0
        assert (await client.say(room, "and more"))["type"] == "ack"


async def test_who_is_online_counts_one_more_mention_at_once(live: RunningServer) -> None:
    room, (ann, ben, _) = await make_room("ann", "ben", "cat")
    async with await Client.open(live.ws_url, user=ann) as one, await Client.open(live.ws_url, user=ben) as two:
        await one.join(room)
        await two.ask("watch")
        await registered(ann, ben)
        await one.say(room, "@here: cake")
        await one.wait_until(lambda: bool(one.messages.get(room.name)))
        assert 'data-mention="here"' in one.messages[room.name][0]["html"]
        while not (await two.wait_for("unread"))["rooms"][0]["mentions"]:
            pass
        mentioned = await database(lambda: list(Mention.objects.filter(room=room).values_list("user", "kind")))
        assert mentioned == [(ben.pk, "here")]
