"""Levels and do-not-disturb reach all sockets of their user at once."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from rooms.services.levels import membership_update
from rooms.services.preferences import preferences_update
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import Client, database
from rooms.tests.support.servers import RunningServer


async def test_a_users_watching_sockets_learn_what_they_want_of_a_room(live: RunningServer) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    async with (
        await Client.open(live.ws_url, user=ben) as one,
        await Client.open(live.ws_url, user=ben) as other,
        await Client.open(live.ws_url, user=ann) as stranger,
    ):
        for client in (one, other, stranger):
            shown = (await client.ask("watch"))["rooms"][0]
            assert not shown.keys() & {"level", "muted", "favourite"}
        await database(membership_update, user=ben, room=room, level="nothing", muted=True)
        for client in (one, other):
            (shown,) = (await client.wait_for("unread"))["rooms"]
            assert (shown["room_name"], shown["level"], shown["muted"]) == (room.name, "nothing", True)
        await database(membership_update, user=ben, room=room, muted=False, favourite=True)
        (shown,) = (await one.wait_for("unread"))["rooms"]
        assert (shown.get("muted"), shown["favourite"]) == (None, True)
        assert not [frame for frame in stranger.frames if frame["type"] == "unread"]


async def test_a_users_watching_sockets_learn_until_when_they_are_not_to_be_disturbed(live: RunningServer) -> None:
    _, (ann, ben) = await make_room("ann", "ben")
    until = timezone.now().replace(microsecond=0) + timedelta(hours=1)
    async with await Client.open(live.ws_url, user=ben) as one, await Client.open(live.ws_url, user=ann) as stranger:
        for client in (one, stranger):
            assert (await client.ask("watch"))["dnd_until"] == 0
        await database(preferences_update, user=ben, dnd_until=until)
        await one.wait_for("unread", dnd_until=int(until.timestamp()))
        async with await Client.open(live.ws_url, user=ben) as other:
            assert (await other.ask("watch"))["dnd_until"] == int(until.timestamp())
            await database(preferences_update, user=ben, dnd_until=None)
            for client in (one, other):
                await client.wait_for("unread", dnd_until=0)
        assert not [frame for frame in stranger.frames if frame["type"] == "unread"]
