"""Mutes, slow mode and bans over sockets."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from notifications.models import Topic
from rooms.models import Message, Room, User
from rooms.services.accounts import user_sockets_recheck
from rooms.services.members import member_ban
from rooms.services.pins import message_pin
from rooms.services.restrictions import user_mute, user_unmute
from rooms.services.rooms import room_update
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import Client, database, person
from rooms.tests.support.servers import RunningServer

CLOSED_WITHIN = 1.0  # seconds
TRIES = 3  # of which one must be in time: other processes use the machine, too


async def test_a_muted_member_writes_nothing_over_a_socket(live: RunningServer) -> None:
    room, (olga, ann) = await make_room("olga", "ann")
    await database(Room.objects.filter(pk=room.pk).update, pinning="members")
    topic = await database(Topic.objects.create, name=f"news-{room.pk}", publishers="users")
    async with await Client.open(live.ws_url, user=ann) as client, await Client.open(live.ws_url, user=olga) as reader:
        await client.join(room)
        await reader.join(room)
        assert (await client.say(room, "mine"))["type"] == "ack"
        await client.send("typing", room_name=room.name)
        await reader.wait_for("typing")
        await database(message_pin, by=olga, room=room, seq=1)
        writes: dict[str, dict[str, Any]] = {
            "sendMessage": {"content": "hi"},
            "editMessage": {"seq": 1, "content": "new"},
            "addReaction": {"seq": 1, "emoji": "👍"},
            "removeReaction": {"seq": 1, "emoji": "👍"},
            "pinMessage": {"seq": 1},
            "unpinMessage": {"seq": 1},
            "typing": {},
        }
        boss = await database(person, "boss", is_staff=True, is_superuser=True)
        await database(user_mute, by=olga, user=ann, room=room, until="2030-01-01T00:00:00Z", reason="Shouting")
        for action, fields in writes.items():
            await asyncio.sleep(2 if action == "typing" else 0)  # more often, it is dropped
            answer = await client.ask(action, room_name=room.name, **fields)
            assert (answer["type"], answer["code"], answer["status"]) == ("error", "muted", 403), action
            assert (answer["until"], answer["reason"]) == ("2030-01-01T00:00:00.000Z", "Shouting")
        assert "typing" not in {frame["type"] for frame in await reader.settled()}
        await database(user_unmute, by=olga, user=ann, room=room)
        await database(user_mute, by=boss, user=ann)
        published = await client.ask("publish", topic=topic.name, title="Hi")
        assert (published["code"], published["reason"], "until" in published) == ("muted", "", False)
        await database(user_unmute, by=boss, user=ann)
        assert (await client.say(room, "again"))["type"] == "ack"
        await asyncio.sleep(2)
        await client.send("typing", room_name=room.name)
        await reader.wait_for("typing")


async def test_of_fifty_sends_at_once_in_slow_mode_one_is_posted(live: RunningServer) -> None:
    room, (olga, ann) = await make_room("olga", "ann")
    await database(room_update, by=olga, room=room, slow_seconds=60)
    sockets = [await Client.open(live.ws_url, user=ann) for _ in range(5)]
    try:
        answers = await asyncio.gather(*[sockets[n % 5].say(room, f"m{n}", f"c{n}") for n in range(50)])
        acked = [answer for answer in answers if answer["type"] == "ack"]
        refused = [answer for answer in answers if answer["type"] == "error"]
        assert (len(acked), {answer["code"] for answer in refused}) == (1, {"slow_mode"})
        assert all(0 < answer["retry_after"] <= 60 for answer in refused), refused
        assert await database(Message.objects.filter(room=room).count) == 1
        # To wait for one's turn is no violation, and a lost ack is asked for again.
        again = await sockets[0].say(room, answer_text(answers), acked[0]["client_id"])
        assert (again["type"], again["seq"], again["duplicate"]) == ("ack", 1, True)
    finally:
        for socket in sockets:
            await socket.close()


def answer_text(answers: list[dict[str, object]]) -> str:
    """The text of the message that was posted."""
    return f"m{next(place for place, answer in enumerate(answers) if answer['type'] == 'ack')}"


@pytest.mark.parametrize("what", ["a ban from the room", "a deactivated account"])
async def test_a_ban_is_felt_within_a_second(live: RunningServer, what: str) -> None:
    took = []
    for _ in range(TRIES):
        room, (olga, ann) = await make_room("olga", "ann")
        async with await Client.open(live.ws_url, user=ann) as client:
            await client.join(room)
            began = time.monotonic()
            if what == "a ban from the room":
                await database(member_ban, by=olga, room=room, user=ann)
                assert (await client.wait_for("left"))["reason"] == "banned"
            else:
                await database(deactivate, ann)
                assert await client.closed() == 4001
            took.append(time.monotonic() - began)
        if took[-1] < CLOSED_WITHIN:
            return
    raise AssertionError(took)


def deactivate(user: User) -> None:
    """Do what the admin does to ban somebody from the whole server."""
    User.objects.filter(pk=user.pk).update(is_active=False)
    user_sockets_recheck(user=user)
