"""Resuming: what a socket gets after its last version, from the ring, the database and another process."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings

from rooms.models import Room, User
from rooms.services.messages import message_delete, message_edit
from rooms.services.posting import NewMessage, messages_post
from rooms.services.profile import profile_update
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import Client, database
from rooms.tests.support.servers import RunningServer

Start = Callable[..., RunningServer]


async def post(room: Room, author: User, count: int, word: str = "x") -> None:
    """Post this many messages at once, each as `word` and a number."""
    batch = [NewMessage(room.pk, author, f"{word}{number}") for number in range(count)]
    await database(messages_post, batch)


async def test_a_reconnecting_reader_gets_missed_changes_from_the_ring(live: RunningServer) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    async with await Client.open(live.ws_url, user=ann) as stays:
        await stays.join(room)
        async with await Client.open(live.ws_url, user=ben) as client:
            await client.join(room)
            position = client.position[room.name]
        for number in range(3):
            await stays.say(room, str(number))
        async with await Client.open(live.ws_url, user=ben) as client:
            assert (await client.join(room, after=position))["recovered"] is True
            await client.wait_until(lambda: client.contents(room) == ["0", "1", "2"])
            await stays.say(room, "3")
            await client.wait_until(lambda: client.contents(room) == ["0", "1", "2", "3"])
            assert client.faults == []


async def test_a_reader_reconnecting_to_another_process_gets_changes_from_the_database(
    live: RunningServer, another: Start
) -> None:
    room, (ann, _) = await make_room("ann", "ben")
    await post(room, ann, 5)
    async with await Client.open(live.ws_url, user=ann) as client:
        await client.join(room)
        position = client.position[room.name]
    await post(room, ann, 7, "missed ")
    fresh = await asyncio.to_thread(another)
    async with await Client.open(fresh.ws_url, user=ann) as client:
        assert (await client.join(room, after=position))["recovered"] is True
        assert client.contents(room) == [f"missed {number}" for number in range(7)]
        assert client.faults == []


async def test_a_missed_edit_and_deletion_arrive_in_their_latest_state(live: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    await post(room, ann, 3)
    async with await Client.open(live.ws_url, user=ann) as client:
        await client.join(room)
        position = client.position[room.name]
    await database(message_edit, by=ann, room=room, seq=1, content="edited")
    await database(message_delete, by=ann, room=room, seq=2)
    async with await Client.open(live.ws_url, user=ann) as client:
        await client.join(room, after=position)

        def latest() -> list[tuple[int, str]]:
            return [(message["seq"], message["content"]) for message in client.messages[room.name]]

        # The server may not have been told of the deletion when it answers.
        await client.wait_until(lambda: latest() == [(1, "edited"), (2, "")])


async def test_a_reader_resumes_up_to_the_limit_and_reloads_beyond_it(live: RunningServer, another: Start) -> None:
    room, (ann,) = await make_room("ann")
    async with await Client.open(live.ws_url, user=ann) as client:
        await client.join(room)
        position = client.position[room.name]
    await post(room, ann, settings.RESUME_LIMIT)
    async with await Client.open(live.ws_url, user=ann) as client:
        assert (await client.join(room, after=position))["recovered"] is True
        await client.wait_until(lambda: len(client.contents(room)) == settings.RESUME_LIMIT)
        assert client.faults == []
    await post(room, ann, 1, "one too many ")
    fresh = await asyncio.to_thread(another)  # one that follows the room may still have the changes in memory
    async with await Client.open(fresh.ws_url, user=ann) as client:
        assert (await client.join(room, after=position))["recovered"] is False
        assert client.contents(room)[-1] == "one too many 0"
        assert len(client.contents(room)) == 50


async def test_a_version_from_the_future_reloads_the_room(live: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    await post(room, ann, 2)
    async with await Client.open(live.ws_url, user=ann) as client:
        await client.send("joinRoom", room_name=room.name, after=10**6)
        assert (await client.wait_for("joined"))["recovered"] is False
        assert (await client.wait_for("messages"))["after"] is None


async def test_a_long_page_is_split_without_gaps(live: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    await post(room, ann, 100, "x" * 4000)
    async with await Client.open(live.ws_url, user=ann) as client:
        await client.send("joinRoom", room_name=room.name, history=100)
        frames: list[dict[str, object]] = []
        while not frames or frames[-1].get("history"):
            frames.append(await client.wait_for("messages"))
        assert len(frames) > 1
        seqs = [message["seq"] for frame in frames for message in frame["messages"]]  # type: ignore[attr-defined]
        assert seqs == list(range(1, 101))


async def test_joining_under_load_misses_and_duplicates_nothing(live: RunningServer) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    async with await Client.open(live.ws_url, user=ann) as writer:
        await writer.join(room)
        for number in range(300):
            await writer.send("sendMessage", room_name=room.name, content=str(number))
        clients = [await Client.open(live.ws_url, user=ben) for _ in range(10)]
        for client in clients:
            await client.join(room, after=0)
        for client in clients:
            await client.wait_until(lambda client=client: len(client.contents(room)) >= 300)  # type: ignore[misc]
            assert client.contents(room) == [str(number) for number in range(300)]
            assert client.faults == []
            await client.close()


async def test_two_processes_deliver_a_room_in_the_same_order(live: RunningServer, another: Start) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    second = await asyncio.to_thread(another)
    async with await Client.open(live.ws_url, user=ann) as one, await Client.open(second.ws_url, user=ben) as two:
        await one.join(room)
        await two.join(room)
        for number in range(50):
            for client in (one, two):
                await client.send("sendMessage", room_name=room.name, content=str(number))
        for client in (one, two):
            await client.wait_until(lambda client=client: len(client.contents(room)) == 100)  # type: ignore[misc]
            assert [message["seq"] for message in client.messages[room.name]] == list(range(1, 101))
            assert client.faults == []
        assert one.contents(room) == two.contents(room)


async def test_sigterm_closes_sockets_with_1012_and_the_server_exits_within_15_seconds(
    live: RunningServer, another: Start
) -> None:
    room, (ann,) = await make_room("ann")
    server = await asyncio.to_thread(another)
    async with await Client.open(server.ws_url, user=ann) as client:
        await client.join(room)
        began = time.monotonic()
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        assert await client.closed() == 1012
        assert await asyncio.to_thread(server.process.wait, 15) == 0
        assert time.monotonic() - began < 15
        assert "Traceback" not in server.output()


async def test_a_new_name_is_shown_everywhere_at_once(live: RunningServer, another: Start) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    elsewhere, (zed,) = await make_room("zed")
    other = await asyncio.to_thread(another)
    told: dict[str, Any] = {"user_id": ann.pk, "user_name": ann.username, "display_name": "Ann of Tea", "avatar": None}
    async with (
        await Client.open(live.ws_url, user=ann) as mine,
        await Client.open(live.ws_url, user=ben) as near,
        await Client.open(other.ws_url, user=ben) as far,
        await Client.open(live.ws_url, user=zed) as stranger,
    ):
        for client in (mine, near, far):
            await client.join(room)
        await stranger.join(elsewhere)
        await mine.say(room, "before")
        await near.wait_until(lambda: near.contents(room) == ["before"])
        # Both servers know who is online.
        await near.wait_until(lambda: ann.username in near.online[room.name])
        await far.wait_until(lambda: ann.username in far.online[room.name])
        for server in (live, other):
            async with await Client.open(server.ws_url, user=ben) as fresh:
                await fresh.join(room)  # those who join soon may be sent the same page
        await database(profile_update, user=ann, display_name="Ann of Tea")
        for client in (mine, near, far):
            await client.wait_for("person", **told)
        for server in (live, other):
            async with await Client.open(server.ws_url, user=ben) as fresh:
                await fresh.join(room)
                assert {message["display_name"] for message in fresh.messages[room.name]} == {"Ann of Tea"}
        await mine.say(room, "after")
        for client in (near, far):
            await client.wait_for("messages", room_name=room.name, version=2)
            assert client.messages[room.name][-1]["display_name"] == "Ann of Tea"
        for server in (live, other):
            async with await Client.open(server.ws_url, user=ben) as back:
                joined = await back.join(room, after=0)
                assert joined["recovered"] is True
                assert told in joined["online"]
                assert {message["display_name"] for message in back.messages[room.name]} == {"Ann of Tea"}
        assert not [frame for frame in await stranger.settled() if frame["type"] == "person"]
