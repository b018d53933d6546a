"""Pins over a socket."""

from rooms.tests.sockets.test_frames import make_room
from rooms.tests.support.clients import Client
from rooms.tests.support.servers import RunningServer


async def test_a_pin_reaches_the_readers_and_those_who_resume(live: RunningServer) -> None:
    room, (ann, ben) = await make_room("ann", "ben")
    async with await Client.open(live.ws_url, user=ann) as one, await Client.open(live.ws_url, user=ben) as two:
        await one.join(room)
        await two.join(room)
        posted = await one.say(room, "Tea at four.")
        pinned = await one.ask("pinMessage", room_name=room.name, seq=1)
        assert (pinned["type"], pinned["version"]) == ("ack", posted["version"] + 1)
        await two.wait_until(lambda: two.position[room.name] == pinned["version"])
        assert two.messages[room.name][-1]["pinned"]["by"]["user_id"] == ann.pk
        assert (await two.ask("unpinMessage", room_name=room.name, seq=1))["code"] == "conflict"
        async with await Client.open(live.ws_url, user=ben) as late:
            await late.join(room, after=posted["version"])
            await late.wait_until(lambda: late.position.get(room.name) == pinned["version"])
            assert late.messages[room.name][-1]["pinned"]
        unpinned = await one.ask("unpinMessage", room_name=room.name, seq=1)
        await two.wait_until(lambda: two.position[room.name] == unpinned["version"])
        assert "pinned" not in two.messages[room.name][-1]
