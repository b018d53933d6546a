"""Live read markers, unread counts and typing, over two processes with one database and one Valkey."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from rooms.models import Room, User
from rooms.selectors.rooms import NO_ROOM
from rooms.services.direct_rooms import direct_room_open
from rooms.services.invitations import invitation_accept, invitation_create
from rooms.services.members import member_add, member_ban, member_leave, member_remove, member_unban
from rooms.services.posting import message_post
from rooms.services.profile import profile_update
from rooms.services.read_marks import read_mark_move
from rooms.services.rooms import room_delete, room_update
from rooms.tests.services.test_read_marks import mention
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import PATIENCE, Client, Frame, database, person, room_of
from rooms.tests.support.scenarios import Scenarios
from rooms.tests.support.servers import RunningServer, TestValkey

TIMES = {"VERSION_CHECK_SECONDS": "1"}

Pair = tuple[str, str]  # the socket URLs of two processes
scenario = Scenarios[Pair]()


async def watching(client: Client) -> dict[str, Frame]:
    """Watch, and return the current rooms by name."""
    answer = await client.ask("watch")
    assert (answer["type"], answer["all"], answer.get("gone")) == ("unread", True, None)
    return {room["room_name"]: room for room in answer["rooms"]}


def counts(room: Frame) -> tuple[int, int, int]:
    """Return an entry's last message, read marker and unread count."""
    return room["last_seq"], room["read_seq"], room["unread"]


async def news(client: Client, room: Room, within: float = PATIENCE, **expected: Any) -> Frame:
    """Wait for an entry of a room with these counts."""
    deadline = time.monotonic() + within
    while True:
        frame = await client.wait_for("unread", deadline - time.monotonic())
        for entry in frame["rooms"]:
            if entry["room_name"] == room.name and expected.items() <= entry.items():
                return dict(entry)


async def post(room: Room, by: User, *contents: str) -> None:
    for content in contents:
        await database(message_post, by=by, room=room, content=content)


@scenario
async def two_devices_of_a_user_agree_and_nobody_else_is_told(pair: Pair) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    await post(room, ann, *"abcde")
    message = await database(room.messages.get, seq=5)
    await database(mention, message, ben)
    async with (
        await Client.open(pair[0], user=ben) as marking,
        await Client.open(pair[1], user=ben) as watcher,
        await Client.open(pair[1], user=ben) as follower,
        await Client.open(pair[0], user=ben) as idle,
        await Client.open(pair[1], user=ann) as other,
    ):
        for client in (marking, watcher):
            assert counts((await watching(client))[room.name]) == (5, 0, 5)
        assert counts((await watching(other))[room.name]) == (5, 0, 0)  # all of them her own
        for client in (follower, other):
            await client.join(room)
        ack = await marking.ask("markRead", room_name=room.name, seq=3)
        assert ack == {"type": "ack", "room_name": room.name, "seq": 3, "request_id": ack["request_id"]}
        for client in (watcher, follower):
            read = await client.wait_for("read")
            assert read == {"type": "read", "room_name": room.name, "seq": 3, "unread": 2, "mentions": 1}
        await news(marking, room, read_seq=3, unread=2, mentions=1)
        assert (await marking.ask("markRead", room_name=room.name, seq=2))["seq"] == 3
        assert (await marking.ask("markRead", room_name=room.name, seq=2, rewind=True))["seq"] == 2
        for client in (watcher, follower):
            assert (await client.wait_for("read"))["unread"] == 3
        await database(read_mark_move, user=ben, room=room, seq=5)  # like REST
        for client in (marking, watcher, follower):
            assert (await client.wait_for("read", seq=5))["mentions"] == 0
        for client in (marking, watcher, follower, idle, other):
            assert [frame for frame in await client.settled(0.1) if frame["type"] in {"read", "error"}] == []


@scenario
async def unread_counts_of_other_rooms_increase_wherever_messages_are_posted(pair: Pair) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    async with await Client.open(pair[0], user=ann) as writer, await Client.open(pair[1], user=ben) as watcher:
        assert (await watching(watcher))[room.name]["unread"] == 0
        began, posted, told = time.monotonic(), 0, 0
        while time.monotonic() - began < 3:
            posted = (await writer.say(room, "x"))["seq"]
            told += sum(frame["type"] == "unread" for frame in await watcher.settled(0.05))
        assert told <= time.monotonic() - began + 1
        posted = (await writer.say(room, "the last"))["seq"]
        entry = await news(watcher, room, unread=posted)
        assert counts(entry) == (posted, 0, posted)


@scenario
async def joined_and_lost_rooms_and_new_titles_are_sent(pair: Pair) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    async with await Client.open(pair[1], user=ben) as watcher:
        assert set(await watching(watcher)) == {room.name}
        direct, _ = await database(direct_room_open, by=ann, people=[ben])
        entry = await news(watcher, direct)
        assert (entry["title"], entry["kind"], entry["unread"]) == (ann.shown_name, "direct", 0)
        await database(profile_update, user=ann, display_name="Anna")
        await news(watcher, direct, title="Anna")
        await database(room_update, by=ann, room=room, title="Tea")
        await news(watcher, room, title="Tea")
        other = await database(room_of, ann)
        await database(member_add, by=ann, room=other, user=ben)
        await news(watcher, other)
        await database(member_remove, by=ann, room=room, user=ben)
        assert (await watcher.wait_for("unread", gone=[room.name]))["rooms"] == []
        await database(room_delete, by=ann, room=other)
        await watcher.wait_for("unread", gone=[other.name])
        await post(room, ann, "not for ben")
        assert "unread" not in {frame["type"] for frame in await watcher.settled(2)}
        assert set(await watching(watcher)) == {direct.name}


@scenario
async def joins_and_invitations_are_sent_to_sockets_that_show_them(pair: Pair) -> None:
    room, (ann, ben) = await make_room("ann", "ben", kind="open")
    cid = await database(person, "cid")
    async with (
        await Client.open(pair[0], user=ann) as owner,
        await Client.open(pair[1], user=ben) as member,
        await Client.open(pair[1], user=cid) as invited,
        await Client.open(pair[0], user=ben) as lobby,
    ):
        await member.join(room)
        assert (await invited.ask("watch"))["invitations"] == 0
        assert (await lobby.ask("watch", lobby=1))["code"] == "invalid_field"
        await lobby.ask("watch", lobby=True)
        await database(invitation_create, by=ann, room=room, user=cid)
        assert (await invited.wait_for("unread", invitations=1))["rooms"] == []
        frame = {"type": "people", "room_name": room.name, "member_count": 2, "joined": []}
        assert await owner.wait_for("people") == frame  # though she is not subscribed to anything
        await member.settled(0.1)
        await database(invitation_accept, user=cid, room_name=room.name)
        told = {"user_id": cid.pk, "user_name": cid.username, "display_name": cid.shown_name, "avatar": None}
        for client in (owner, member):
            assert await client.wait_for("people", member_count=3) == frame | {"member_count": 3, "joined": [told]}
        await invited.wait_for("unread", invitations=0)
        await lobby.wait_for("lobby")
        await database(member_ban, by=ann, room=room, user=cid)
        await owner.wait_for("people", member_count=2)
        await owner.settled(0.1)
        await database(member_unban, by=ann, room=room, user=cid)
        assert await owner.wait_for("people") == frame
        assert "people" not in {one["type"] for one in await member.settled(0.1)}


@scenario
async def non_members_get_the_same_error_as_for_a_missing_room(pair: Pair) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    square, _ = await make_room("cid", kind="open")
    await post(room, ann, "secret")
    eve = await database(person, "eve")
    await database(member_leave, user=ben, room=room)
    for stranger in (eve, ben):
        async with await Client.open(pair[0], user=stranger) as client:
            assert await watching(client) == {}
            answers = []
            for name in (room.name, square.name, "nothing"):
                error = await client.ask("markRead", room_name=name, seq=1)
                answers.append((error["type"], error["code"], error["detail"]))
            assert answers == [("error", "not_found", NO_ROOM)] * 3
    async with await Client.open(pair[0], path=f"/ws/rooms/{square.name}/") as nobody:
        for action in ("watch", "markRead"):
            assert (await nobody.ask(action, room_name=room.name, seq=1))["code"] == "not_authenticated"


@scenario
async def an_invalid_mark_gets_a_one_sentence_error(pair: Pair) -> None:
    room, (ann,) = await make_room("ann")
    async with await Client.open(pair[0], user=ann) as client:
        for fields, code in (
            ({"room_name": room.name}, "missing_field"),
            ({"seq": 1}, "missing_field"),
            ({"room_name": room.name, "seq": -1}, "invalid_field"),
            ({"room_name": room.name, "seq": "1"}, "invalid_field"),
            ({"room_name": room.name, "seq": 1, "rewind": 1}, "invalid_field"),
        ):
            assert (await client.ask("markRead", **fields))["code"] == code
        assert (await client.ask("markRead", room_name=room.name, seq=0))["seq"] == 0


@scenario
async def typing_is_shown_to_readers_of_the_room_and_nobody_else(pair: Pair) -> None:
    room, (ann, ben, cat) = await make_room("ann", "ben", "cat")
    other, (eve,) = await make_room("eve")
    async with (
        await Client.open(pair[0], user=ann) as typist,
        await Client.open(pair[1], user=ben) as reader,
        await Client.open(pair[1], user=cat) as gone,
        await Client.open(pair[1], user=ben) as idle,
        await Client.open(pair[1], user=eve) as stranger,
    ):
        for client in (typist, reader, gone):
            await client.join(room)
        await stranger.join(other)
        for _ in range(3):
            await typist.send("typing", room_name=room.name)
        version = (await database(Room.objects.get, pk=room.pk)).version
        shown = {
            "user_id": ann.pk,
            "user_name": ann.username,
            "display_name": ann.shown_name,
            "avatar": None,
            "version": version,
        }
        frame = {"type": "typing", "room_name": room.name, "people": [shown]}
        for client in (reader, gone):
            assert await client.wait_for("typing") == frame
        await gone.ask("leaveRoom", room_name=room.name)
        await asyncio.sleep(2)
        await typist.send("typing", room_name=room.name)
        assert await reader.wait_for("typing") == frame
        for client in (gone, idle, stranger, reader):
            assert {one["type"] for one in await client.settled(0.1)} <= {"welcome", "joined", "messages"}
        answers = [await one.ask("typing", room_name=name) for one in (stranger, gone) for name in (room.name, "none")]
        assert {(answer["code"], answer["detail"]) for answer in answers} == {("not_found", NO_ROOM)}
        assert "error" not in {one["type"] for one in await typist.settled(0.1)}


@scenario
async def a_reader_who_is_not_a_member_can_not_type(pair: Pair) -> None:
    room, (ann,) = await make_room("ann", kind="open")
    eve = await database(person, "eve")
    await database(room_update, by=ann, room=room, guests="read")
    async with await Client.open(pair[0], user=eve) as client, await Client.open(pair[0]) as guest:
        await client.join(room, after=0)
        assert (await client.ask("typing", room_name=room.name))["code"] == "conflict"
        await guest.join(room)
        assert (await guest.ask("typing", room_name=room.name))["code"] == "not_authenticated"


async def unread_counts_work_from_the_database_without_redis(pair: Pair, valkey: TestValkey) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    async with await Client.open(pair[0], user=ann) as writer, await Client.open(pair[1], user=ben) as watcher:
        await watching(watcher)
        await asyncio.to_thread(valkey.kill9)
        try:
            assert (await writer.say(room, "x"))["type"] == "ack"
            await news(watcher, room, unread=1)
            assert (await watcher.ask("markRead", room_name=room.name, seq=1))["seq"] == 1
            await database(member_remove, by=ann, room=room, user=ben)
            await watcher.wait_for("unread", gone=[room.name])
        finally:
            await asyncio.to_thread(valkey.start)


async def test_read_marks_and_unread_counts(
    server_factory: Callable[..., RunningServer], valkey: TestValkey, subtests: pytest.Subtests
) -> None:
    starting = (asyncio.to_thread(server_factory, kind, env=TIMES) for kind in ("daphne", "uvicorn"))
    one, two = await asyncio.gather(*starting)
    pair = (one.ws_url, two.ws_url)
    await scenario.run(pair, subtests)
    with subtests.test("unread_counts_work_from_the_database_without_redis"):
        await unread_counts_work_from_the_database_without_redis(pair, valkey)
