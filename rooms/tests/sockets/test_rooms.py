"""Which rooms a socket can subscribe to, and when subscriptions end."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from chatproject.realtime.protocol import Action
from rooms.models import Room, User
from rooms.services.members import member_ban, member_leave, member_remove, member_set_role
from rooms.services.posting import message_post
from rooms.services.rooms import room_close, room_delete, room_update
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import Client, database, person, room_of
from rooms.tests.support.servers import RunningServer

ACTIONS: list[dict[str, Any]] = [
    {"action": "joinRoom"},
    {"action": "joinRoom", "after": 0},
    {"action": "leaveRoom"},
    {"action": "sendMessage", "content": "x"},
    {"action": "sendMessage", "content": "x", "client_id": "c1"},
    {"action": "sendMessage", "content": "x", "reply_to": 1},
    {"action": "editMessage", "seq": 1, "content": "x"},
    {"action": "deleteMessage", "seq": 1},
    {"action": "addReaction", "seq": 1, "emoji": "👍"},
    {"action": "removeReaction", "seq": 1, "emoji": "👍"},
    {"action": "markRead", "seq": 1},
    {"action": "typing"},
    {"action": "getRecentMessages"},
    {"action": "getRecentMessages", "before": 5, "limit": 3},
    {"action": "pinMessage", "seq": 1},
    {"action": "unpinMessage", "seq": 1},
    {"action": "saveMessage", "seq": 1},
    {"action": "unsaveMessage", "seq": 1},
    {"action": "deleteAttachment", "seq": 1, "attachment_id": "abc"},
    {"action": "removePreview", "seq": 1, "preview_id": 1},
]
# Actions that concern no room, or topics instead.
ELSEWHERE = {"authenticate", "setIdle", "watch", "subscribe", "unsubscribe", "publish", "readNotifications", "ping"}


@pytest.mark.any_database
def test_the_list_has_every_action_on_a_room() -> None:
    assert {*map(str, Action)} - {action["action"] for action in ACTIONS} == ELSEWHERE, "add it to ACTIONS"


@pytest.mark.parametrize("who", ["a stranger", "a former member", "a banned person", "nobody"])
async def test_a_private_room_looks_like_a_missing_one_to_outsiders(served: RunningServer, who: str) -> None:
    room, (_, ann) = await make_room("olga", "ann")
    outsider: User | None = await database(person, "eve")
    await database(message_post, by=ann, room=room, content="secret", client_id="c1")
    assert outsider is not None
    if who == "a former member":
        outsider = ann
        await database(member_leave, user=ann, room=room)
    elif who == "a banned person":
        outsider = ann
        await database(member_ban, by=room.created_by, room=room, user=ann)
    elif who == "nobody":
        outsider = None
    absent = "x" + room.name[1:]
    answers: dict[str, list[bytes]] = {}
    for name in (room.name, absent):
        async with await Client.open(served.ws_url, user=outsider, path=f"/ws/rooms/{name}/") as client:
            first = await client.wait_for("error")
            given = [first, *[await client.ask(**action, room_name=name) for action in ACTIONS]]
            for frame in given:
                frame.pop("request_id", None)
            answers[name] = [orjson.dumps(frame).replace(name.encode(), b"ROOM") for frame in given]
            assert {frame["type"] for frame in await client.settled(0.2)} == {"welcome"}
    assert answers[room.name] == answers[absent]
    assert b"secret" not in b"".join(answers[room.name])


@pytest.mark.parametrize("reason", ["removed", "banned"])
async def test_a_removed_member_is_told_why_and_gets_nothing_more(served: RunningServer, reason: str) -> None:
    room, (olga, ann, ben) = await make_room("olga", "ann", "ben")
    put_out = member_remove if reason == "removed" else member_ban
    async with (
        await Client.open(served.ws_url, user=olga) as owner,
        await Client.open(served.ws_url, user=ann) as out,
        await Client.open(served.ws_url, user=ben) as stays,
    ):
        for client in (owner, out, stays):
            await client.join(room)
        await owner.say(room, "before")
        await out.wait_until(lambda: out.contents(room) == ["before"])
        await database(put_out, by=olga, room=room, user=ann)
        await owner.say(room, "after")
        assert (await out.wait_for("left", room_name=room.name))["reason"] == reason
        await stays.wait_until(lambda: stays.contents(room) == ["before", "after"])
        await out.settled()
        await owner.say(room, "later")
        assert await out.settled(0.5) == []
        assert out.contents(room) == ["before"]
        assert (await out.say(room, "may I?"))["code"] == "not_found"
        assert (await out.ask("joinRoom", room_name=room.name))["code"] == "not_found"


async def test_a_banned_user_can_not_rejoin_a_public_room(served: RunningServer) -> None:
    room, (olga, ann) = await make_room("olga", "ann", kind="open")
    async with await Client.open(served.ws_url, user=ann) as client:
        await client.join(room)
        await database(member_ban, by=olga, room=room, user=ann)
        assert (await client.wait_for("left"))["reason"] == "banned"
        assert (await client.ask("joinRoom", room_name=room.name))["code"] == "not_found"


async def test_a_banned_user_who_writes_without_joining_gets_not_found(served: RunningServer) -> None:
    room, (olga, ann) = await make_room("olga", "ann", kind="open")
    async with await Client.open(served.ws_url, user=ann) as client:
        assert (await client.say(room, "one"))["type"] == "ack"
        assert (await client.say(room, "two"))["type"] == "ack"
        await database(member_ban, by=olga, room=room, user=ann)
        for content in ("three", "four"):
            assert (await client.say(room, content))["code"] == "not_found"


async def test_deleting_a_room_ends_all_subscriptions(served: RunningServer) -> None:
    room, (olga, ann) = await make_room("olga", "ann")
    async with await Client.open(served.ws_url, user=ann) as client:
        await client.join(room)
        await database(room_delete, by=olga, room=room)
        assert (await client.wait_for("left"))["reason"] == "deleted"


async def test_an_archived_room_tells_its_readers_and_rejects_messages(served: RunningServer) -> None:
    room, (olga, ann) = await make_room("olga", "ann")
    async with await Client.open(served.ws_url, user=ann) as client:
        await client.join(room)
        await database(room_close, by=olga, room=room)
        assert (await client.wait_for("room"))["room"]["closed"] is True
        assert (await client.say(room, "late"))["code"] == "conflict"


async def test_only_the_member_whose_role_changed_is_told(served: RunningServer) -> None:
    room, (olga, ann, ben) = await make_room("olga", "ann", "ben")
    async with (
        await Client.open(served.ws_url, user=ann) as client,
        await Client.open(served.ws_url, user=ben) as other,
    ):
        for each in (client, other):
            assert (await each.join(room))["role"] == "member"
        await database(member_set_role, by=olga, room=room, user=ann, role="moderator")
        told = await client.wait_for("room")
        assert (told["role"], told["room"]["name"]) == ("moderator", room.name)
        await database(room_update, by=olga, room=room, title="Tea")
        for each, role in ((client, "moderator"), (other, "member")):
            told = await each.wait_for("room")
            assert (told["room"]["title"], told["role"]) == ("Tea", role)


async def test_a_guest_can_read_a_room_until_it_stops_admitting_guests(served: RunningServer) -> None:
    def make() -> tuple[Room, User]:
        owner = person("olga")
        room = room_of(owner, kind="open")
        return room_update(by=owner, room=room, guests="read"), owner

    room, owner = await database(make)
    async with await Client.open(served.ws_url) as guest:
        await guest.join(room)
        await database(message_post, by=owner, room=room, content="hello")
        await guest.wait_until(lambda: guest.contents(room) == ["hello"])
        assert (await guest.say(room, "me too"))["code"] == "not_authenticated"
        await database(room_update, by=owner, room=room, guests="none")
        assert (await guest.wait_for("left"))["reason"] == "removed"
