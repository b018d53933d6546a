"""What is done over a socket is recorded as such. rooms/tests/views/test_audit.py has pages, REST and the admin."""

from __future__ import annotations

from rooms.models import AuditEvent
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import Client, database
from rooms.tests.support.servers import RunningServer


async def test_what_a_moderator_does_over_a_socket_is_recorded_with_its_connection(live: RunningServer) -> None:
    room, (ann, ben) = await make_room("ann", "ben")

    def events() -> list[AuditEvent]:
        return list(AuditEvent.objects.filter(room_id=room.pk, action__startswith="message").order_by("id"))

    async with await Client.open(live.ws_url, user=ann) as one, await Client.open(live.ws_url, user=ben) as two:
        connection_ids = [(await client.wait_for("welcome"))["connection_id"] for client in (one, two)]
        await one.join(room)
        await two.join(room)
        await two.say(room, "Tea at four.")
        await two.say(room, "Tea at five.")
        assert (await one.ask("deleteMessage", room_name=room.name, seq=1))["type"] == "ack"
        assert (await two.ask("deleteMessage", room_name=room.name, seq=2))["type"] == "ack"  # one's own
        (event,) = await database(events)
        assert (event.action, event.via, event.target) == ("message.deleted", "socket", "1")
        assert (event.actor_id, event.user_id) == (ann.pk, ben.pk)
        assert (event.address, event.request_id) == ("127.0.0.1", connection_ids[0])
