"""Saved messages and reminders over a socket."""

from datetime import timedelta

from django.utils import timezone

from rooms.models import SavedMessage
from rooms.services.reminders import reminders_send
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import Client, database
from rooms.tests.support.servers import RunningServer


async def test_a_users_watching_sockets_learn_what_they_save_and_are_reminded_of(live: RunningServer) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    async with (
        await Client.open(live.ws_url, user=ben) as one,
        await Client.open(live.ws_url, user=ben) as other,
        await Client.open(live.ws_url, user=ann) as author,
    ):
        for client in (one, other, author):
            await client.join(room)
            assert (await client.ask("watch"))["reminders"] == 0
        await author.say(room, "Tea at four.")
        ack = await one.ask("saveMessage", room_name=room.name, seq=1)
        assert (ack["type"], ack["seq"]) == ("ack", 1)
        for client in (one, other):
            frame = await client.wait_for("saved")
            assert (frame["room_name"], frame["seq"], frame["saved"]["remind_at"]) == (room.name, 1, None)
        refused = await one.ask("saveMessage", room_name=room.name, seq=1, remind_at="2036-05-01T09:00:00")
        assert (refused["code"], refused["detail"].partition(":")[0]) == ("invalid_field", "remind_at")
        soon = (timezone.now() + timedelta(minutes=10)).isoformat()
        await one.ask("saveMessage", room_name=room.name, seq=1, remind_at=soon)
        assert (await other.wait_for("saved"))["saved"]["remind_at"] is not None
        await other.ask("subscribe", topic=f"@{ben.username}")
        await database(SavedMessage.objects.update, remind_at=timezone.now())
        await database(reminders_send)  # or the server's own task has done it
        reminded = await other.wait_for("saved")
        assert reminded["reminders"] == 1
        assert reminded["reminder"]["body"] == "Tea at four."
        frame = await other.wait_for("notifications", version=1)
        assert frame["notifications"][0]["payload"]["kind"] == "reminder"
        await other.ask("unsaveMessage", room_name=room.name, seq=1)
        gone = [await one.wait_for("saved") for _ in range(3)][-1]
        assert ("saved" in gone, gone["reminders"]) == (False, 0)
        assert not [frame for frame in author.frames if frame["type"] == "saved"]
