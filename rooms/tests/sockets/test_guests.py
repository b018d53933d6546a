"""Guests in a room that allows them to write."""

from __future__ import annotations

from rooms.models import Message, Room
from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import Client, database, person
from rooms.tests.support.servers import RunningServer


async def guests_room(guests: str = "write") -> Room:
    """Create a public room that admits guests."""
    room, _ = await make_room("olga", kind="open")
    await database(Room.objects.filter(pk=room.pk).update, guests=guests)
    return room


async def test_readers_get_a_guests_name_and_content_verbatim(
    served: RunningServer,
) -> None:
    room = await guests_room()
    async with (
        await Client.open(served.ws_url, user=await database(person, "ann")) as reader,
        await Client.open(served.ws_url, path=f"/ws?room_name={room.name}") as guest,
    ):
        await reader.join(room)
        await guest.wait_for("messages")
        ack = await guest.ask("sendMessage", user_name="earthquake", content="Websocket API test.", room_name=room.name)
        assert (ack["type"], ack["seq"]) == ("ack", 1)
        for client in (reader, guest):
            await client.wait_until(lambda client=client: client.contents(room) == ["Websocket API test."])  # type: ignore[misc]
            (message,) = client.messages[room.name]
            assert (message["user_name"], message["display_name"], message["guest"]) == ("earthquake",) * 2 + (True,)


async def test_a_guest_without_a_valid_name_gets_an_error(served: RunningServer) -> None:
    room = await guests_room()
    ann = await database(person, "Ann")
    async with await Client.open(served.ws_url, path=f"/ws/rooms/{room.name}/") as guest:

        async def refusal(**fields: object) -> tuple[str, str]:
            answer = await guest.ask("sendMessage", room_name=room.name, **fields)
            return answer["code"], answer["detail"]

        assert await refusal(user_name="x") == ("missing_field", "content not in message dict")
        assert await refusal(content="hello") == ("missing_field", "user_name not in message dict")
        for name in ("", "two words", "x" * 151, 7):
            assert (await refusal(content="hello", user_name=name))[0] == "invalid_field", name
        taken = ("invalid_field", "user_name: This name belongs to an account. Sign in or choose another one.")
        assert await refusal(content="hello", user_name=ann.username.upper()) == taken
    assert not await database(Message.objects.filter(room=room).exists)


async def test_a_guests_retry_with_the_same_client_id_posts_once(served: RunningServer) -> None:
    room = await guests_room()
    async with await Client.open(served.ws_url) as guest, await Client.open(served.ws_url) as other:
        said = {"room_name": room.name, "content": "hello", "client_id": "c1"}
        first = await guest.ask("sendMessage", user_name="eve", **said)
        again = await guest.ask("sendMessage", user_name="eve", **said)
        assert (first["seq"], again["seq"], again.get("duplicate")) == (1, 1, True)
        assert (await other.ask("sendMessage", user_name="adam", **said))["seq"] == 2


async def test_guests_can_not_write_unless_the_room_allows_it(served: RunningServer) -> None:
    readable, closed_to_guests = await guests_room("read"), await guests_room("none")
    async with await Client.open(served.ws_url) as guest:
        for name in (readable.name, closed_to_guests.name, "no-such-room"):
            answer = await guest.ask("sendMessage", room_name=name, content="hello", user_name="eve")
            assert answer["code"] == "not_authenticated", name
        for action in ("editMessage", "deleteMessage"):
            answer = await guest.ask(action, room_name=readable.name, seq=1, content="hello")
            assert answer["code"] == "not_authenticated"
