"""Who is online, as socket clients are told and as the connection table has it."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime

from django.utils import timezone

from chatproject.models import Following, ServerProcess
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.presence import registry_rows
from chatproject.realtime.presence.registry_rows import NewSubscription
from rooms.models import Room, User
from rooms.tests.support.clients import PATIENCE, Client, database, person, room_of


def people(*names: str) -> tuple[Room, list[User]]:
    """Create a room and its members."""
    accounts = [person(name, display_name=name.title()) for name in names]
    return room_of(*accounts), accounts


async def sees(client: Client, room: Room, *users: User) -> None:
    """Wait until the client knows that exactly these users are online."""
    await client.wait_until(lambda: set(client.online[room.name]) == {user.username for user in users})


def rows(room: Room) -> list[tuple[str, str | None]]:
    """Return a room's subscribers in the connection table: the kind of their server, and their user name."""
    found = Following.objects.filter(kind="room", stream_id=room.pk)
    return sorted(found.values_list("connection__process__server", "connection__user__username"))


def joined_names(client: Client) -> list[str]:
    """Return the user names that the client was told have joined."""
    return [one["user_name"] for frame in client.presences for one in frame["joined"]]


def left_names(client: Client) -> list[str]:
    """Return the user names that the client was told have left."""
    return [name for frame in client.presences for name in frame["left"]]


async def table(room: Room, *expected: tuple[str, User | None]) -> None:
    """Wait until the table has exactly these subscribers of the room."""
    wanted = sorted((server, user.username if user else None) for server, user in expected)
    deadline = time.monotonic() + PATIENCE
    while (there := await database(rows, room)) != wanted:
        assert time.monotonic() < deadline, f"{there}, not {wanted}"
        await asyncio.sleep(0.05)


def process_with(room: Room, *users: User) -> ServerProcess:
    """Write the rows of another server process with a socket of each of these users, all in this room."""
    row = ServerProcess(host="test", pid=1, revision=1)
    opened: list[tuple[str, int | None, str, datetime]] = [
        (f"of {user.username}", user.pk, "", timezone.now()) for user in users
    ]
    subscribed = [NewSubscription(one[0], StreamKey("room", room.pk), room.name, timezone.now()) for one in opened]
    registry_rows.rewrite_all(row, registry_rows.Batch(opened=opened, subscribed=subscribed))
    return row
