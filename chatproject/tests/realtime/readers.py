"""Streams for tests, and readers that only record what they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson

from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.hub import Hub
from chatproject.realtime.delivery.stream import Event, Stream, Subscription
from rooms.events import room_stream
from rooms.models import Room, User
from rooms.tests.support.clients import PATIENCE, database, person, room_of

KEY = StreamKey("room", 1)


class Reader:
    """Records what it is sent; `space` is how many sends fill its socket."""

    def __init__(self, space: int = 1 << 30) -> None:
        self.reader_id = 0
        self.blocked = False
        self.space = space
        self.frames: list[dict[str, Any]] = []
        self.closed = False

    def send_event(self, event: Event) -> bool:
        self.frames.append(orjson.loads(str(event["text"])))
        self.space -= 1
        self.blocked = self.space <= 0
        return not self.blocked

    def close_too_slow(self) -> None:
        self.closed = True

    @property
    def versions(self) -> list[int]:
        """The versions of the messages it was sent."""
        return [message["v"] for frame in self.frames for message in frame["messages"]]


def item(version: int, size: int = 0) -> tuple[int, bytes]:
    return version, orjson.dumps({"v": version, "x": "x" * size})


def items(first: int, last: int, size: int = 0) -> list[tuple[int, bytes]]:
    return [item(version, size) for version in range(first, last + 1)]


def new_stream(version: int = 0) -> Stream:
    stream = Stream(KEY, "tea", room_stream)
    stream.start(version)
    return stream


def subscribe(stream: Stream, reader: Reader, position: int) -> Subscription:
    sub = Subscription(stream, reader)
    stream.behind.add(sub)
    sub.position = position
    stream.catch_up(sub)
    return sub


async def subscribed_reader(hub: Hub) -> tuple[Room, User, Stream, Reader]:
    """Return a room in the database, and a reader subscribed from its start."""

    def make() -> tuple[Room, User]:
        owner = person("olga")
        return room_of(owner), owner

    room, owner = await database(make)
    reader = Reader()
    reader.reader_id = owner.pk
    sub = await hub.subscribe(room_stream.key(room.pk), room.name, reader)
    hub.start_delivery(sub, 0)
    return room, owner, sub.stream, reader


async def until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)
