"""The count of unread notifications on a user's sockets."""

from notifications.services.posting import notify_person
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import Client, database
from rooms.tests.support.servers import RunningServer


async def test_watching_sockets_learn_how_many_notifications_are_unread(live: RunningServer) -> None:
    _, (ann, ben) = await make_room("ann", "ben")
    await database(notify_person, user=ben, title="before")
    async with (
        await Client.open(live.ws_url, user=ben) as one,
        await Client.open(live.ws_url, user=ben) as other,
        await Client.open(live.ws_url, user=ann) as stranger,
    ):
        for client in (one, other):
            assert (await client.ask("watch"))["notifications"] == 1
        assert (await stranger.ask("watch"))["notifications"] == 0
        for title in ("second", "third"):
            await database(notify_person, user=ben, title=title)
        for client in (one, other):
            await client.wait_for("unread", notifications=3)
        ack = await one.ask("readNotifications", seq=1)
        assert (ack["type"], ack["topic"]) == ("ack", f"@{ben.username}")
        for client in (one, other):
            await client.wait_for("unread", notifications=2)
        await other.ask("readNotifications", up_to=3)
        await one.wait_for("unread", notifications=0)
        for fields in ({}, {"seq": 1, "up_to": 2}, {"seq": 0}, {"up_to": True}, {"seq": "1"}):
            assert (await one.ask("readNotifications", **fields))["code"] == "invalid_field"
        assert (await stranger.ask("readNotifications", seq=1))["code"] == "not_found"
        assert not [frame for frame in stranger.frames if frame["type"] == "unread"]
