"""What a client says about itself, and words that mean something inside of the server, have no effect."""

from __future__ import annotations

from typing import Any

import redis.asyncio
from channels.layers import get_channel_layer
from django.conf import settings

from rooms.models import Message
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import Client, database, person
from rooms.tests.support.servers import RunningServer

FALSE: dict[str, Any] = {
    "author": 987654,
    "user_id": 987654,
    "display_name": "Eve",
    "seq": 99,
    "version": 99,
    "created_at": "2001-01-01T00:00:00Z",
    "edited_at": "2001-01-01T00:00:00Z",
    "html": "<b>x</b>",
    "deleted": True,
    "guest": True,
    "duplicate": True,
}
# Types of messages between processes and of events of ASGI, and names within the server.
INTERNAL = ["announcement", "announcements", "disconnect", "identities", "session", "person", "ready"]
INTERNAL += ["websocket.receive", "websocket.disconnect", "websocket.close", "websocket_disconnect", "send_message"]
INTERNAL += ["dispatch", "send_json", "close", "__class__", "join_room", "control_handlers", "forged.type"]


async def test_a_client_can_not_set_author_seq_version_or_time(served: RunningServer) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    async with (
        await Client.open(served.ws_url, user=ann) as client,
        await Client.open(served.ws_url, user=ben) as reader,
    ):
        await client.join(room)
        await reader.join(room)
        await client.send("sendMessage", room_name=room.name, content="hello", request_id="r", **FALSE)
        ack = await client.wait_for("ack")
        assert (ack["seq"], ack.get("duplicate")) == (1, None)
        await reader.wait_until(lambda: reader.contents(room) == ["hello"])
        [message] = reader.messages[room.name]
    assert [name for name in FALSE if message.get(name) == FALSE[name]] == []
    assert (message["user_name"], message["seq"]) == (ann.username, 1)
    row = await database(Message.objects.get, room=room)
    assert (row.author_id, row.seq, row.version) == (ann.pk, 1, message["version"])


async def heard(bus: redis.asyncio.client.PubSub, within: float) -> list[dict[str, Any]]:
    """Return what is published until nothing came for `within` seconds."""
    messages = []
    while (published := await bus.get_message(ignore_subscribe_messages=True, timeout=within)) is not None:
        layer = get_channel_layer()
        assert layer is not None
        messages.append(layer.deserialize(published["data"]))
    return messages


async def test_words_of_a_client_are_no_types_of_messages_between_processes(served: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    other = await database(person, "ben")
    async with (
        await Client.open(served.ws_url, user=ann) as client,
        await Client.open(served.ws_url, user=other) as bystander,
        redis.asyncio.Redis.from_url(served.env["REDIS_URL"]) as connection,
        connection.pubsub() as bus,
    ):
        await client.join(room)
        victim = await bystander.wait_for("welcome")
        await bus.psubscribe(f"{settings.REDIS_PREFIX}*")
        await heard(bus, 1)
        said = {"type": "", "connection_id": victim["connection_id"], "user_id": other.pk, "stream": ["room", room.pk]}
        for word in INTERNAL:
            answer = await client.ask(word, **said | {"type": word})
            assert (answer["type"], answer["code"]) == ("error", "unknown_action"), word
            content = {"room_name": room.name, "content": word, "handler": word, "channel": word, "group": word}
            assert (await client.ask("sendMessage", **content, **said | {"type": word}))["type"] == "ack", word
        published = await heard(bus, 1)
        assert (await bystander.ask("ping"))["type"] == "pong"
    types = {message["type"] for message in published}
    assert "announcement" in types
    assert types & {"disconnect", "identities", "session", "person", "forged.type"} == set()
    assert not [message for message in published if {"handler", "channel", "group"} & message.keys()]
