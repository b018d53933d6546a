"""The client library gets every message once, whatever happens to the connection."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from rooms.client import Client, ConnectionEnded, ConnectionFailed, RequestRefused, RoomLost, connect
from rooms.client.buffer import MAX_MESSAGES
from rooms.models import Message, Room, User
from rooms.services.accounts import user_sockets_recheck
from rooms.services.members import member_add, member_remove
from rooms.services.messages import message_delete, message_edit
from rooms.services.rooms import room_create
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.sockets.test_resume import post
from rooms.tests.support.clients import database, token_of
from rooms.tests.support.proxies import Proxy
from rooms.tests.support.servers import RunningServer, free_port

pytestmark = pytest.mark.any_database


async def connected(url: str, user: User) -> Client:
    """Return a client, to be opened by `async with`."""
    return connect(url, token=await database(token_of, user))


async def take(client: Client, count: int, within: float = 20) -> list[dict[str, Any]]:
    """Return the next `count` messages."""
    async with asyncio.timeout(within):
        return [await anext(client) for _ in range(count)]


async def nothing_more(client: Client, seconds: float = 0.3) -> None:
    """Raise AssertionError if another message arrives."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(seconds):
            raise AssertionError(f"came again: {await anext(client)}")


def contents(messages: list[dict[str, Any]]) -> list[str]:
    """Return the contents of messages."""
    return [message["content"] for message in messages]


@asynccontextmanager
async def talking(client: Client, room: Room, pause: float = 0.005) -> AsyncIterator[list[str]]:
    """Send numbers one after the other until the context ends. Yields the acknowledged ones."""
    acknowledged: list[str] = []
    stop = asyncio.Event()

    async def talk() -> None:
        while not stop.is_set():
            ack = await client.send(room.name, str(len(acknowledged)))
            assert ack.seq == len(acknowledged) + 1
            acknowledged.append(str(len(acknowledged)))
            await asyncio.sleep(pause)

    task = asyncio.create_task(talk())
    yield acknowledged
    stop.set()
    await asyncio.wait_for(task, 20)


async def test_a_program_sends_and_receives_messages_edits_and_deletions(served: RunningServer) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    async with await connected(served.url, ann) as one, await connected(served.ws_url, ben) as two:
        await one.join(room.name)
        await two.join(room.name)
        ack = await one.send(room.name, "*hello*", client_id="c1")
        assert (ack.room_name, ack.seq, ack.client_id, ack.duplicate) == (room.name, 1, "c1", False)
        assert (await one.send(room.name, "*hello*", client_id="c1")).duplicate
        await one.send(room.name, "second", reply_to=1)
        for client in (one, two):
            first, second = await take(client, 2)
            assert (first["user_name"], first["content"], first["version"]) == (ann.username, "*hello*", ack.version)
            assert (second["content"], second["reply_to"]["excerpt"]) == ("second", "hello")
        await database(message_edit, by=ann, room=room, seq=1, content="edited")
        await database(message_delete, by=ann, room=room, seq=2)
        edited, deleted = await take(two, 2)
        assert (edited["seq"], edited["content"], "edited_at" in edited) == (1, "edited", True)
        assert (deleted["seq"], deleted["content"], deleted["deleted"]) == (2, "", True)


async def test_a_program_gets_new_messages_or_all_after_a_version(served: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    await post(room, ann, 3)
    async with await connected(served.url, ann) as client:
        await client.join(room.name)
        await client.send(room.name, "new")
        assert contents(await take(client, 1)) == ["new"]
    async with await connected(served.url, ann) as client:
        await client.join(room.name, after=0)
        everything = await take(client, 4)
        assert contents(everything) == ["x0", "x1", "x2", "new"]
    async with await connected(served.url, ann) as client:
        await client.join(room.name, after=everything[1]["version"])
        assert contents(await take(client, 2)) == ["x2", "new"]
        await nothing_more(client)


async def test_sends_without_waiting_keep_their_order(served: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    async with await connected(served.url, ann) as client:
        acks = await asyncio.gather(*[client.send(room.name, str(number)) for number in range(300)])
        assert [ack.seq for ack in acks] == list(range(1, 301))


async def test_a_rejected_action_raises_and_the_client_keeps_working(served: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    secret, _ = await make_room("eve")
    async with await connected(served.url, ann) as client:
        refused = {
            (secret.name, "hello"): (404, "not_found"),
            (room.name, " "): (400, "invalid_field"),
            (room.name, "\ud800"): (400, "invalid_field"),
            (room.name, "x" * (settings.MAX_CONTENT_LENGTH + 1)): (413, "too_large"),
            (room.name, "x" * settings.MAX_FRAME_BYTES): (413, "too_large"),
        }
        for (name, content), (status, code) in refused.items():
            with pytest.raises(RequestRefused) as refusal:
                await client.send(name, content)
            assert (refusal.value.status, refusal.value.code) == (status, code)
        with pytest.raises(RequestRefused, match=r"Room not found\."):
            await client.join(secret.name)
        assert (await client.send(room.name, "hello")).seq == 1


async def test_an_invalid_token_or_unreachable_server_raises_at_once(served: RunningServer) -> None:
    with pytest.raises(ConnectionEnded, match="The token is invalid") as ended:
        async with connect(served.url, token="nonsense"):
            pass
    assert ended.value.code == 4001
    with pytest.raises(ConnectionFailed, match="can't be reached"):
        async with connect(f"http://127.0.0.1:{free_port()}", token="x"):
            pass
    for wrong in ("127.0.0.1:8000", "ftp://127.0.0.1", "http://", "http://host/?token=x", "http://ann:pw@host"):
        with pytest.raises(ValueError, match="must look like"):
            connect(wrong)


async def test_losing_authentication_ends_the_client_and_all_pending_calls(served: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    async with await connected(served.url, ann) as client:
        await client.join(room.name)
        waiting = asyncio.create_task(take(client, 1))
        await database(change_password, ann)
        with pytest.raises(ConnectionEnded) as ended:
            await waiting
        assert ended.value.code == 4001
        with pytest.raises(ConnectionEnded):
            await client.send(room.name, "hello")


def change_password(user: User) -> None:
    """Change the password, which ends sessions and tokens."""
    user.set_password("another-password-1")
    user.save()
    user_sockets_recheck(user=user)


async def test_losing_access_to_a_room_is_reported_in_order_and_other_rooms_continue(served: RunningServer) -> None:
    (lost, (ann, ben)), (kept, _) = await make_room("ann", "ben"), await make_room("cat")
    await database(member_add, by=await database(lambda: kept.memberships.get().user), room=kept, user=ben)
    async with await connected(served.url, ben) as client:
        await client.join(lost.name)
        await client.join(kept.name)
        await post(lost, ann, 1, "last ")
        await database(member_remove, by=ann, room=lost, user=ben)
        assert contents(await take(client, 1)) == ["last 0"]
        with pytest.raises(RoomLost) as left:
            await take(client, 1)
        assert (left.value.room_name, left.value.reason) == (lost.name, "removed")
        await client.send(kept.name, "still here")
        assert contents(await take(client, 1)) == ["still here"]


async def test_changes_beyond_the_resume_limit_are_fetched_without_gaps(served: RunningServer) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    count = 2 * settings.RESUME_LIMIT + 50
    await post(room, ann, count)
    async with await connected(served.url, ann) as writer, await connected(served.url, ben) as reader:
        async with talking(writer, await database(other_room, room)):
            await reader.join(room.name, after=0)
            seen = await take(reader, 10)
            await post(room, ann, 10, "meanwhile ")
            seen += await take(reader, count)
        assert [message["seq"] for message in seen] == list(range(1, count + 11))
        await nothing_more(reader)


def other_room(room: Room) -> Room:
    """Create another room of the same owner."""
    owner = room.memberships.get(role="owner").user
    return room_create(by=owner, name=f"{room.name}-other", kind="private")


async def test_changes_missed_offline_beyond_the_resume_limit_are_fetched(
    served: RunningServer,
) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    count = settings.RESUME_LIMIT + 100
    async with Proxy(served.port) as proxy, await connected(proxy.url, ben) as client:
        await client.join(room.name)
        await post(room, ann, 1, "before ")
        assert contents(await take(client, 1)) == ["before 0"]
        proxy.reset()
        await post(room, ann, count)
        seen = await take(client, count)
        assert contents(seen) == [f"x{number}" for number in range(count)]
        await nothing_more(client)


async def test_connection_resets_lose_and_duplicate_nothing(served: RunningServer) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    async with Proxy(served.port) as proxy:
        async with await connected(proxy.url, ann) as writer, await connected(proxy.url, ben) as reader:
            await reader.join(room.name)
            async with talking(writer, room) as acknowledged:
                await wait_until(lambda: len(acknowledged) > 20)
                proxy.reset()
                before = len(acknowledged)
                await wait_until(lambda: len(acknowledged) > before + 20)
            assert contents(await take(reader, len(acknowledged))) == acknowledged
            await nothing_more(reader)
        assert proxy.connections == 4
    assert await database(sent, room) == acknowledged


async def test_a_killed_server_loses_and_duplicates_nothing(served: RunningServer) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    async with await connected(served.url, ann) as writer, await connected(served.url, ben) as reader:
        await reader.join(room.name)
        async with talking(writer, room) as acknowledged:
            await wait_until(lambda: len(acknowledged) > 50)
            await asyncio.to_thread(served.kill9)
            before = len(acknowledged)
            await asyncio.to_thread(served.start)
            await wait_until(lambda: len(acknowledged) > before + 50)
        assert contents(await take(reader, len(acknowledged))) == acknowledged
        await nothing_more(reader)
    assert await database(sent, room) == acknowledged


async def test_a_program_that_stops_reading_can_still_send_and_later_gets_everything(
    served: RunningServer,
) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    count = 3 * MAX_MESSAGES
    async with await connected(served.url, ben) as client:
        await client.join(room.name)
        for part in range(0, count, 250):
            await post(room, ann, 250, f"{part} ")
        ack = await asyncio.wait_for(client.send(room.name, "my own"), 10)
        await asyncio.sleep(0.5)
        assert client.waiting < 2 * MAX_MESSAGES
        seen = await take(client, count + 1)
        assert [message["seq"] for message in seen] == list(range(1, count + 2))
        assert seen[ack.seq - 1]["content"] == "my own"
        await nothing_more(client)
        await client.send(room.name, "live again")
        assert contents(await take(client, 1)) == ["live again"]


async def test_the_example_in_the_documentation_works(served: RunningServer, tmp_path: Path) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    text = (settings.BASE_DIR / "docs" / "client.md").read_text()
    example = tmp_path / "example.py"
    example.write_text(text.split("```python\n")[1].split("```")[0].replace('"python"', f'"{room.name}"'))
    environment = {"PARLOR_URL": served.url, "PARLOR_TOKEN": await database(token_of, ben)}
    environment |= {"PYTHONPATH": str(settings.BASE_DIR), "PATH": os.environ["PATH"]}  # no settings
    async with await connected(served.url, ann) as client:
        await client.join(room.name)
        process = await asyncio.create_subprocess_exec(sys.executable, str(example), env=environment, stderr=-1)
        try:
            await take(client, 1)
            await client.send(room.name, "hello")
            _, answer = await take(client, 2)
            assert (answer["user_name"], answer["content"]) == (ben.username, f"Hello, {ann.username}!")
        finally:
            process.send_signal(signal.SIGINT)
            await process.communicate()


async def wait_until(condition: Callable[[], bool], within: float = 15) -> None:
    """Wait until a condition is true. Raises TimeoutError."""
    async with asyncio.timeout(within):
        while not condition():
            await asyncio.sleep(0.02)


def sent(room: Room) -> list[str]:
    """Return the contents of a room's messages in the database, in order."""
    return list(Message.objects.filter(room=room).order_by("seq").values_list("content", flat=True))
