"""Two server processes on two Valkeys, of which one is killed, and then the other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from channels_redis.utils import _consistent_hash
from django.conf import settings

from chatproject.realtime.delivery.groups import group_name
from rooms.events import room_stream
from rooms.models import Room, User
from rooms.tests.support.clients import Client, database, person, room_of
from rooms.tests.support.servers import RunningServer, TestValkey

pytestmark = [pytest.mark.slow, pytest.mark.any_database]
WITHIN = 20.0  # seconds, with room for a busy machine


@pytest.fixture
def valkeys(tmp_path: Path) -> Iterator[list[TestValkey]]:
    """Two Valkeys of this test."""
    both = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        both.append(TestValkey(tmp_path / name))
        both[-1].start()
    yield both
    for each in both:
        each.stop()


def rooms_on_both(*members: User) -> tuple[Room, Room]:
    """Create a room on each Valkey."""
    found: dict[int, Room] = {}
    while len(found) < 2:
        room = room_of(*members)
        group = f"{settings.REDIS_PREFIX}__group__{group_name(room_stream.key(room.pk))}"
        found.setdefault(_consistent_hash(group, 2), room)
    return found[0], found[1]


async def test_either_of_two_valkeys_may_die_and_come_back(
    server_factory: Callable[..., RunningServer], valkeys: list[TestValkey]
) -> None:
    environment = {"REDIS_URL": ",".join(each.url for each in valkeys)}
    servers = [await asyncio.to_thread(server_factory, kind, environment) for kind in ("uvicorn", "daphne")]
    ann, ben = await database(lambda: (person("ann"), person("ben")))
    rooms = await database(rooms_on_both, ann, ben)
    said: list[str] = []

    async with (
        await Client.open(servers[0].ws_url, user=ann) as writer,
        await Client.open(servers[1].ws_url, user=ben) as reader,
    ):
        await reader.ask("watch")
        for client in (writer, reader):
            for room in rooms:
                await client.join(room)

        async def talk(moment: str) -> None:
            said.append(moment)
            for room in rooms:
                assert (await writer.say(room, moment))["type"] == "ack"
            for client in (writer, reader):
                for room in rooms:
                    await client.wait_until(lambda client=client, room=room: client.contents(room) == said, WITHIN)  # type: ignore[misc]

        await talk("both run")
        for number, valkey in enumerate(valkeys):
            await asyncio.to_thread(valkey.kill9)
            await talk(f"without number {number}")
            await asyncio.to_thread(valkey.start)
            await talk(f"number {number} is back")
        late = await database(rooms_on_both, ann, ben)
        for client in (writer, reader):
            for room in late:
                await client.join(room)
        rooms, said = late, []
        await talk("in new rooms")
        assert (writer.faults, reader.faults) == ([], [])
