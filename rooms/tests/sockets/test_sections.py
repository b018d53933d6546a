"""Sections reach all sockets of their user at once."""

from __future__ import annotations

from rooms.services.levels import membership_update
from rooms.services.sections import section_create, section_delete, section_update
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import Client, database
from rooms.tests.support.servers import RunningServer


async def test_a_users_watching_sockets_learn_their_sections_and_which_rooms_are_in_them(live: RunningServer) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    async with (
        await Client.open(live.ws_url, user=ben) as one,
        await Client.open(live.ws_url, user=ben) as other,
        await Client.open(live.ws_url, user=ann) as stranger,
    ):
        for client in (one, other, stranger):
            assert (await client.ask("watch"))["sections"] == []
        section = await database(section_create, user=ben, name="Work")
        shown = {"id": section.pk, "name": "Work", "collapsed": False}
        for client in (one, other):
            await client.wait_for("unread", sections=[shown])
        await database(membership_update, user=ben, room=room, section=section.pk)
        for client in (one, other):
            (listed,) = (await client.wait_for("unread"))["rooms"]
            assert (listed["room_name"], listed["section"]) == (room.name, section.pk)
        await database(section_update, user=ben, section_id=section.pk, name="Job", collapsed=True)
        await one.wait_for("unread", sections=[shown | {"name": "Job", "collapsed": True}])
        await database(section_delete, user=ben, section_id=section.pk)
        frame = await one.wait_for("unread", sections=[])
        assert ["section" in listed for listed in frame["rooms"]] == [False]  # together with its rooms
        assert not [frame for frame in stranger.frames if frame["type"] == "unread"]
