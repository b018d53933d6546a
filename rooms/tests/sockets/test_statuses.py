"""Statuses and do-not-disturb over sockets of two processes."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from rooms.services.direct_rooms import direct_room_open
from rooms.services.preferences import preferences_update
from rooms.services.statuses import status_clear, status_set
from rooms.tests.support.clients import Client, database, person, room_of
from rooms.tests.support.servers import RunningServer
from rooms.wire import timestamp


async def test_readers_of_a_room_and_contacts_are_told_and_nobody_else(
    server_factory: Callable[..., RunningServer],
) -> None:
    first, second = await asyncio.gather(*(asyncio.to_thread(server_factory, kind) for kind in ("uvicorn", "daphne")))
    ann, ben, cat, dan = [await database(person, name) for name in ("ann", "ben", "cat", "dan")]
    room = await database(room_of, ann, ben)
    await database(direct_room_open, by=cat, people=[ann])
    other = await database(room_of, dan)
    async with (
        await Client.open(first.ws_url, user=ben) as reader,
        await Client.open(second.ws_url, user=cat) as contact,
        await Client.open(second.ws_url, user=dan) as stranger,
    ):
        await reader.join(room)
        await stranger.join(other)
        until = timezone.now() + timedelta(hours=1)
        await database(status_set, user=ann, emoji="🌴", text="Away", until=until.isoformat())
        for client in (reader, contact):
            frame = await client.wait_for("status", user_id=ann.pk)
            assert frame["user_name"] == ann.username
            assert frame["status"] == {"emoji": "🌴", "text": "Away", "until": timestamp(until)}
            assert frame["quiet_until"] is None
        await database(preferences_update, user=ann, dnd_until=until)
        frame = await reader.wait_for("status", user_id=ann.pk)
        assert (frame["status"]["text"], frame["quiet_until"]) == ("Away", timestamp(until))
        await database(status_clear, user=ann)
        assert (await reader.wait_for("status", user_id=ann.pk))["status"] is None
        await database(status_set, user=dan, text="Here")
        await stranger.wait_for("status", user_id=dan.pk)
        assert not [frame for frame in stranger.frames if frame["type"] == "status"]
