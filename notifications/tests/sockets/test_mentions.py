"""Mentions and replies, delivered live to the user's personal topic by a real server."""

from __future__ import annotations

from collections.abc import Callable

from rooms.services.posting import message_post
from rooms.tests.support.clients import Client, Frame, database, person, room_of
from rooms.tests.support.servers import RunningServer


async def told(reader: Client) -> list[Frame]:
    """Return the next notifications."""
    while not (found := (await reader.wait_for("notifications"))["notifications"]):
        pass
    return list(found)


async def test_a_mention_notifies_once_even_if_its_server_was_killed(
    server_factory: Callable[..., RunningServer],
) -> None:
    ann, ben = await database(person, "ann"), await database(person, "ben")
    room = await database(room_of, ann, ben)
    await database(message_post, by=ann, room=room, content=f"One, @{ben.username}?")
    server = await database(server_factory, "uvicorn")
    async with await Client.open(server.ws_url, user=ben) as reader, await Client.open(server.ws_url, user=ann) as one:
        await reader.ask("subscribe", topic=f"@{ben.username}")
        (left,) = await told(reader)
        assert left["title"] == f"{ann.username} mentioned you in {room.shown_title}"
        assert left["payload"] == {
            "kind": "mention",
            "room_name": room.name,
            "room_title": room.shown_title,
            "seq": 1,
            "user_name": ann.username,
            "display_name": ann.shown_name,
        }
        await database(message_post, by=ben, room=room, content="Two?")
        ack = await one.ask("sendMessage", room_name=room.name, content="Yes.", reply_to=2)
        assert ack["type"] == "ack"
        (live,) = await told(reader)
        assert (live["seq"], live["body"], live["payload"]["kind"]) == (2, "Yes.", "reply")
