"""A socket's answers on both servers: the normal case, and every kind of invalid frame."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest
from django.conf import settings
from websockets.frames import Frame, Opcode

from rooms.models import Room, User
from rooms.services.posting import NewMessage, messages_post
from rooms.tests.support.clients import Client, database, person, room_of
from rooms.tests.support.servers import RunningServer


async def make_room(*names: str, kind: str = "private") -> tuple[Room, list[User]]:
    """Create a room with an owner, the first one, and members."""

    def make() -> tuple[Room, list[User]]:
        people = [person(name) for name in names]
        return room_of(*people, kind=kind), people

    return await database(make)


async def test_a_message_sent_on_a_socket_reaches_all_readers(live: RunningServer) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    async with await Client.open(live.ws_url, user=ann) as one, await Client.open(live.ws_url, user=ben) as two:
        welcome = await one.wait_for("welcome")
        assert welcome["user_name"] == ann.username
        assert welcome["limits"] == {"content": settings.MAX_CONTENT_LENGTH, "frame": settings.MAX_FRAME_BYTES}
        joined = await one.join(room)
        assert (joined["recovered"], joined["role"], joined["room"]["name"]) == (False, "owner", room.name)
        assert (await two.join(room))["role"] == "member"
        ack = await one.say(room, "*hello*", "c1")
        assert (ack["type"], ack["seq"], ack["client_id"]) == ("ack", 1, "c1")
        for client in (one, two):
            await client.wait_until(lambda client=client: client.contents(room) == ["*hello*"])  # type: ignore[misc]
        (message,) = two.messages[room.name]
        assert (message["seq"], message["version"], message["user_name"]) == (1, ack["version"], ann.username)
        assert message["html"] == "<p><em>hello</em></p>"


async def test_a_socket_at_a_rooms_url_joins_at_once(live: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    for path in (f"/ws/rooms/{room.name}/", f"/ws/?room_name={room.name}", f"/ws/rooms/{room.name}"):
        async with await Client.open(live.ws_url, user=ann, path=path) as client:
            await client.wait_for("joined", room_name=room.name)


async def test_messages_committed_together_reach_the_readers_of_each_room(live: RunningServer) -> None:
    def make() -> tuple[list[Room], User]:
        ann = person("ann")
        return [room_of(ann) for _ in range(8)], ann

    rooms, ann = await database(make)
    async with await Client.open(live.ws_url, user=ann) as client:
        for room in rooms[:-1]:
            await client.join(room)
        await database(messages_post, [NewMessage(room.pk, ann, f"in {room.pk}") for room in rooms])
        # Well before the version check would find them.
        await client.wait_until(lambda: all(client.contents(room) == [f"in {room.pk}"] for room in rooms[:-1]), 2)


async def test_a_retried_message_gets_the_same_ack(live: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    async with await Client.open(live.ws_url, user=ann) as client:
        await client.join(room)
        first = await client.say(room, "hello", "c1")
        again = await client.say(room, "hello", "c1")
        assert (again["seq"], again["version"], again["duplicate"]) == (first["seq"], first["version"], True)
        other = await client.say(room, "something else", "c1")
        assert (other["status"], other["code"], other["client_id"]) == (409, "conflict", "c1")
        assert (await client.say(room, "next"))["seq"] == 2
        await client.wait_until(lambda: client.contents(room) == ["hello", "next"])


async def test_an_edit_and_a_deletion_reach_the_readers(live: RunningServer) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    async with await Client.open(live.ws_url, user=ann) as one, await Client.open(live.ws_url, user=ben) as two:
        await one.join(room)
        await two.join(room)
        await one.say(room, "hello")
        edited = await one.ask("editMessage", room_name=room.name, seq=1, content="hallo")
        late = await one.ask("editMessage", room_name=room.name, seq=1, content="late", base_version=1)
        assert late["code"] == "conflict"
        deleted = await one.ask("deleteMessage", room_name=room.name, seq=1)
        assert (edited["type"], deleted["type"]) == ("ack", "ack")
        await two.wait_until(lambda: two.position[room.name] == deleted["version"])
        assert two.contents(room)[-1] == ""
        assert two.messages[room.name][-1]["deleted"] is True
        foreign = await two.ask("deleteMessage", room_name=room.name, seq=1)
        assert foreign["code"] == "not_found"


async def test_a_reply_and_reactions_reach_the_readers(live: RunningServer) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    async with await Client.open(live.ws_url, user=ann) as one, await Client.open(live.ws_url, user=ben) as two:
        await one.join(room)
        await two.join(room)
        await one.say(room, "Tea?")
        reply = await two.ask("sendMessage", room_name=room.name, content="Yes.", reply_to=1)
        assert (reply["type"], reply["seq"]) == ("ack", 2)
        absent = await two.ask("sendMessage", room_name=room.name, content="Yes.", reply_to=3)
        assert (absent["code"], absent["detail"]) == ("not_found", "The message you are replying to was not found.")
        added = await two.ask("addReaction", room_name=room.name, seq=1, emoji="👍")
        assert (added["type"], added["seq"]) == ("ack", 1)
        await one.wait_until(lambda: one.position[room.name] == added["version"])
        _, quoting, reacted = one.messages[room.name]
        assert (quoting["reply_to"]["seq"], quoting["reply_to"]["excerpt"]) == (1, "Tea?")
        assert (reacted["seq"], reacted["reactions"][0]["people"][0]["user_id"]) == (1, ben.pk)
        removed = await two.ask("removeReaction", room_name=room.name, seq=1, emoji="👍")
        await one.wait_until(lambda: one.position[room.name] == removed["version"])
        last = one.messages[room.name][-1]
        assert last["reactions"] == []
        await one.join(room)
        await one.wait_until(lambda: one.messages[room.name] == [last, quoting])
        assert (await two.ask("addReaction", room_name=room.name, seq=1, emoji="+1"))["code"] == "not_found"


async def test_recent_messages_are_a_page_before_a_seq_oldest_first(live: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    batch = [NewMessage(room.pk, ann, str(number)) for number in range(1, 31)]
    await database(messages_post, batch)
    async with await Client.open(live.ws_url, user=ann) as client:
        page = await client.ask("getRecentMessages", room_name=room.name)
        assert [message["seq"] for message in page["messages"]] == list(range(21, 31))
        assert page["history"] is True
        page = await client.ask("getRecentMessages", room_name=room.name, before=21, limit=3)
        assert [message["seq"] for message in page["messages"]] == [18, 19, 20]
        page = await client.ask("getRecentMessages", room_name=room.name, before=1)
        assert page["messages"] == []


async def test_after_leaving_a_room_nothing_more_arrives(live: RunningServer) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    async with await Client.open(live.ws_url, user=ann) as one, await Client.open(live.ws_url, user=ben) as two:
        await one.join(room)
        await two.join(room)
        left = await two.ask("leaveRoom", room_name=room.name)
        assert (left["type"], left["reason"]) == ("left", "asked")
        two.frames.clear()
        await one.say(room, "are you there?")
        assert await two.settled(0.5) == []
        assert (await two.ask("leaveRoom", room_name=room.name))["code"] == "not_found"
        await two.join(room)
        assert two.contents(room) == ["are you there?"]


WRONG: list[tuple[Any, int, str]] = [
    ("no JSON", 400, "invalid_json"),
    ("", 400, "invalid_json"),
    ("[1, 2]", 400, "invalid_json"),
    ("null", 400, "invalid_json"),
    ("7", 400, "invalid_json"),
    ("NaN", 400, "invalid_json"),
    ('{"action": "ping"', 400, "invalid_json"),
    (b"\xff\xfe\x00", 400, "invalid_json"),
    ("[" * 50_000, 400, "invalid_json"),
    ('{"action":"ping","x":' + "[" * 20_000 + "]" * 20_000 + "}", 400, "invalid_json"),
    ("{}", 400, "missing_field"),
    ('{"action": null}', 400, "missing_field"),
    ('{"action": "dance"}', 400, "unknown_action"),
    ('{"action": "__class__"}', 400, "unknown_action"),
    ('{"action": 7}', 400, "unknown_action"),
    ('{"action": ["ping"]}', 400, "unknown_action"),
    ('{"action": {"ping": 1}}', 400, "unknown_action"),
    ('{"action": "ping", "request_id": ' + "[" * 300 + "]" * 300 + "}", 400, "invalid_field"),
    ('{"action": "ping", "request_id": true}', 400, "invalid_field"),
    ('{"action": "joinRoom"}', 400, "missing_field"),
    ('{"action": "joinRoom", "room_name": 7}', 400, "invalid_field"),
    ('{"action": "joinRoom", "room_name": ["a"]}', 400, "invalid_field"),
    ('{"action": "joinRoom", "room_name": "a\\u0000"}', 404, "not_found"),
    ('{"action": "joinRoom", "room_name": "\\ud800"}', 400, "invalid_json"),
    ('{"action": "joinRoom", "room_name": "ROOM", "after": "1"}', 400, "invalid_field"),
    ('{"action": "joinRoom", "room_name": "ROOM", "after": -1}', 400, "invalid_field"),
    ('{"action": "joinRoom", "room_name": "ROOM", "after": 1.5}', 400, "invalid_field"),
    ('{"action": "joinRoom", "room_name": "ROOM", "after": true}', 400, "invalid_field"),
    ('{"action": "joinRoom", "room_name": "ROOM", "after": 1' + "0" * 400 + "}", 400, "invalid_json"),
    ('{"action": "joinRoom", "room_name": "ROOM", "after": 18446744073709551615}', 400, "invalid_field"),
    ('{"action": "joinRoom", "room_name": "ROOM", "history": 101}', 400, "invalid_field"),
    ('{"action": "getRecentMessages", "room_name": "ROOM", "limit": 0}', 400, "invalid_field"),
    ('{"action": "getRecentMessages", "room_name": "ROOM", "before": 9223372036854775808}', 400, "invalid_field"),
    ('{"action": "sendMessage", "room_name": "ROOM"}', 400, "missing_field"),
    ('{"action": "sendMessage", "room_name": "ROOM", "content": 7}', 400, "invalid_field"),
    ('{"action": "sendMessage", "room_name": "ROOM", "content": " "}', 400, "invalid_field"),
    ('{"action": "sendMessage", "room_name": "ROOM", "content": "\\u0000"}', 400, "invalid_field"),
    ('{"action": "sendMessage", "room_name": "ROOM", "content": "x", "client_id": 7}', 400, "invalid_field"),
    ('{"action": "sendMessage", "room_name": "ROOM", "content": "x", "user_name": "eve"}', 400, "invalid_field"),
    ('{"action": "sendMessage", "room_name": "ROOM", "content": "' + "x" * 8001 + '"}', 413, "too_large"),
    ('{"action": "editMessage", "room_name": "ROOM", "content": "x"}', 400, "missing_field"),
    ('{"action": "editMessage", "room_name": "ROOM", "seq": 9223372036854775807, "content": "x"}', 404, "not_found"),
    ('{"action": "deleteMessage", "room_name": "ROOM", "seq": 99999999999999999999}', 400, "invalid_field"),
    ('{"action": "leaveRoom", "room_name": "nothing"}', 404, "not_found"),
    ('{"action": "authenticate"}', 400, "missing_field"),
    ('{"action": "authenticate", "token": "no token"}', 401, "not_authenticated"),
    ('{"action": "authenticate", "token": "\\u00e4"}', 401, "not_authenticated"),
]


async def test_an_invalid_frame_gets_an_error_and_the_socket_stays_open(live: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    wrong: list[str] = []
    async with await Client.open(live.ws_url, user=ann) as client:
        await client.wait_for("welcome")
        for raw, status, code in WRONG:
            frame = raw.replace("ROOM", room.name) if isinstance(raw, str) else raw
            await client.send_raw(frame)
            answer = await client.next_frame()
            if (answer["type"], answer.get("status"), answer.get("code")) != ("error", status, code):
                wrong.append(f"{frame[:80]!r}: {orjson.dumps(answer)[:200]!r}, not {status} {code}")
        assert (await client.ask("ping"))["type"] == "pong"
    assert wrong == []


async def test_missing_content_gets_the_original_error_message(live: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    async with await Client.open(live.ws_url, user=ann) as client:
        error = await client.ask("sendMessage", room_name=room.name, client_id="c1")
        assert error["detail"] == "content not in message dict"
        assert (error["status"], error["code"], error["client_id"]) == (400, "missing_field", "c1")


async def test_a_binary_frame_with_json_is_accepted(live: RunningServer) -> None:
    async with await Client.open(live.ws_url, user=await database(person, "ann")) as client:
        await client.send_raw(b'{"action": "ping", "request_id": 7}')
        assert (await client.wait_for("pong"))["request_id"] == 7


async def test_the_longest_content_fits_into_a_frame_even_if_escaped(live: RunningServer) -> None:
    room, (ann,) = await make_room("ann")
    async with await Client.open(live.ws_url, user=ann) as client:
        await client.join(room)
        content = "\\ud83d\\ude00" * settings.MAX_CONTENT_LENGTH
        await client.send_raw(f'{{"action":"sendMessage","room_name":"{room.name}","content":"{content}"}}')
        await client.wait_for("ack")


@pytest.mark.parametrize("size", [128 * 1024 + 1, 1024 * 1024])
async def test_a_frame_over_the_limit_closes_the_socket_with_1009(live: RunningServer, size: int) -> None:
    async with await Client.open(live.ws_url, user=await database(person, "ann")) as client:
        await client.wait_for("welcome")
        await client.send_raw("x" * size)
        assert await client.closed() == 1009


async def test_a_frame_at_the_limit_is_accepted(live: RunningServer) -> None:
    async with await Client.open(live.ws_url, user=await database(person, "ann")) as client:
        frame = '{"action":"ping","padding":"%s"}'
        await client.send_raw(frame % ("x" * (settings.MAX_FRAME_BYTES - len(frame) + 2)))
        await client.wait_for("pong")


async def test_invalid_utf8_closes_the_socket_with_1007_without_a_traceback(
    live: RunningServer,
) -> None:
    async with await Client.open(live.ws_url) as client:
        await client.socket.send(b'{"action": "ping\xff"}', text=True)
        assert await client.closed() == 1007
    assert "Traceback" not in live.output()


def frames_of(*actions: str, opcode: Opcode = Opcode.TEXT, fin: bool = True) -> bytes:
    frames = [Frame(opcode, action.encode(), fin=fin).serialize(mask=True) for action in actions]
    return b"".join(frames)


def ping(number: int) -> str:
    return f'{{"action":"ping","request_id":{number}}}'


async def answers(client: Client, count: int) -> list[int]:
    return [(await client.wait_for("pong"))["request_id"] for _ in range(count)]


async def test_frames_may_arrive_in_parts_of_any_size(live: RunningServer) -> None:
    async with await Client.open(live.ws_url, user=await database(person, "ann")) as client:
        await client.wait_for("welcome")
        write = client.socket.transport.write
        write(frames_of(ping(1), ping(2), ping(3)))
        assert await answers(client, 3) == [1, 2, 3]
        for byte in frames_of(ping(4), ping(5)):
            write(bytes([byte]))
            await asyncio.sleep(0.001)
        assert await answers(client, 2) == [4, 5]
        both = frames_of(ping(6), ping(7))
        write(both[:-3])
        assert await answers(client, 1) == [6]
        write(both[-3:])
        assert await answers(client, 1) == [7]


async def test_a_fragmented_message_is_one_message_with_control_frames_in_between(live: RunningServer) -> None:
    async with await Client.open(live.ws_url, user=await database(person, "ann")) as client:
        await client.wait_for("welcome")
        write, whole = client.socket.transport.write, ping(1)
        write(frames_of(whole[:5], fin=False))
        write(frames_of("", opcode=Opcode.PING) + frames_of(whole[5:], opcode=Opcode.CONT) + frames_of(ping(2)))
        assert await answers(client, 2) == [1, 2]


async def test_a_new_message_within_a_fragmented_one_closes_the_socket_with_1002(live: RunningServer) -> None:
    async with await Client.open(live.ws_url, user=await database(person, "ann")) as client:
        await client.wait_for("welcome")
        client.socket.transport.write(frames_of(ping(1), fin=False) + frames_of(ping(2)))
        assert await client.closed() == 1002


async def test_an_unmasked_frame_closes_the_socket_with_1002(live: RunningServer) -> None:
    async with await Client.open(live.ws_url, user=await database(person, "ann")) as client:
        await client.wait_for("welcome")
        client.socket.transport.write(Frame(Opcode.TEXT, ping(1).encode()).serialize(mask=False))
        assert await client.closed() == 1002


async def test_many_messages_at_once_are_all_answered_in_order(live: RunningServer) -> None:
    async with await Client.open(live.ws_url, user=await database(person, "ann")) as client:
        await client.wait_for("welcome")
        client.socket.transport.write(frames_of(*map(ping, range(100))))
        assert await answers(client, 100) == list(range(100))
