"""Streams for tests, and readers that only record what they are sent."""

from __future__ import annotations

from typing import Any

import orjson

from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.stream import Event, Stream, Subscription
from rooms.events import room_stream

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
