"""A stream's ring and its readers, and how the hub orders announcements.

Readers here only record what they are sent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest
from django.db import connections
from django.test import override_settings

from chatproject.realtime import database as realtime_database
from chatproject.realtime.delivery import hub as hub_module
from chatproject.realtime.delivery import stream as stream_module
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.hub import Hub
from chatproject.realtime.delivery.publish import Announcement, join_announcements
from chatproject.realtime.delivery.stream import Event, Stream, Subscription, split_by_size
from rooms.events import room_stream
from rooms.models import Room, User
from rooms.services.messages import message_delete
from rooms.services.posting import message_post
from rooms.tests.support.clients import database, person, room_of

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


# --- The ring ----------------------------------------------------------------------------------------------------


def test_readers_get_every_change_once_in_frames_that_follow_one_another() -> None:
    stream, reader = new_stream(), Reader()
    subscribe(stream, reader, 0)
    for first, last in ((1, 1), (2, 4), (5, 5)):
        stream.append(last, items(first, last))
        stream.fan_out()
    assert reader.versions == [1, 2, 3, 4, 5]
    assert [(frame["after"], frame["version"]) for frame in reader.frames] == [(0, 1), (1, 4), (4, 5)]


def test_old_changes_are_not_appended_to_the_ring_again() -> None:
    stream, reader = new_stream(), Reader()
    subscribe(stream, reader, 0)
    stream.append(3, items(1, 3))
    stream.append(4, items(2, 4))
    stream.fan_out()
    assert reader.versions == [1, 2, 3, 4]


def test_the_ring_is_bounded_in_items_and_keeps_track_of_its_floor() -> None:
    stream = new_stream()
    for version in range(1, stream_module.MAX_RING_ITEMS + 101):
        stream.append(version, [item(version)])
        stream.fan_out()
    assert len(stream.ring) == stream_module.MAX_RING_ITEMS
    assert stream.floor == 100
    assert stream.ring[0][0] == 101
    assert stream.ring_bytes == sum(len(data) for _, data in stream.ring)


def test_the_ring_is_bounded_in_bytes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream_module, "MAX_RING_BYTES", 10_000)
    stream = new_stream()
    for version in range(1, 101):
        stream.append(version, [item(version, 1000)])
        stream.fan_out()
    assert stream.ring_bytes <= 10_000 + 1100
    assert stream.floor > 80


def test_the_ring_does_not_drop_what_the_next_fan_out_needs() -> None:
    stream, reader = new_stream(), Reader()
    subscribe(stream, reader, 0)
    count = stream_module.MAX_RING_ITEMS + 500
    stream.append(count, items(1, count))
    stream.fan_out()
    assert reader.versions == list(range(1, count + 1))


def test_a_stream_discards_delivered_items_and_keeps_those_a_reader_needs() -> None:
    stream, slow = new_stream(), Reader(space=1)
    subscribe(stream, Reader(), 0)
    behind = subscribe(stream, slow, 0)
    for version in (1, 2, 3):
        stream.append(version, [item(version)])
        stream.fan_out()
    stream.discard_delivered()
    assert [version for version, _ in stream.ring] == [2, 3]
    slow.blocked, slow.space = False, 10
    stream.catch_up(behind)
    assert slow.versions == [1, 2, 3]
    assert not slow.closed
    stream.discard_delivered()
    assert (list(stream.ring), stream.ring_bytes, stream.floor) == ([], 0, 3)


def test_a_stream_discards_nothing_while_a_reader_waits_for_its_history() -> None:
    stream = new_stream()
    stream.behind.add(Subscription(stream, Reader()))
    stream.append(2, items(1, 2))
    stream.fan_out()
    stream.discard_delivered()
    assert (len(stream.ring), stream.floor) == (2, 0)


def test_prepending_to_the_ring_lets_a_reader_resume_without_duplicates() -> None:
    stream, reader = new_stream(10), Reader()
    stream.append(12, items(11, 12))
    stream.fan_out()
    stream.prepend(5, items(6, 12))
    assert (stream.floor, [version for version, _ in stream.ring]) == (5, [6, 7, 8, 9, 10, 11, 12])
    subscribe(stream, reader, 7)
    assert reader.versions == [8, 9, 10, 11, 12]


# --- Readers that fall behind ------------------------------------------------------------------------------------


def test_a_reader_with_a_full_socket_catches_up_later_and_delays_nobody() -> None:
    stream, slow, quick = new_stream(), Reader(space=1), Reader()
    sub = subscribe(stream, slow, 0)
    subscribe(stream, quick, 0)
    for version in range(1, 6):
        stream.append(version, [item(version)])
        stream.fan_out()
    assert quick.versions == [1, 2, 3, 4, 5]
    assert slow.versions == [1]
    slow.space, slow.blocked = 1 << 30, False
    stream.catch_up(sub)
    assert slow.versions == [1, 2, 3, 4, 5]
    assert sub in stream.live


def test_an_item_hidden_from_a_reader_is_only_sent_to_the_others() -> None:
    stream, full = new_stream(), Reader(space=1)
    barred, other = Reader(), Reader()
    full.reader_id = barred.reader_id = 7
    other.reader_id = 8
    for reader in (barred, other, full):
        subscribe(stream, reader, 0)
    stream.append(2, items(1, 2), {2: {7}})
    stream.fan_out()
    stream.append(3, items(3, 3))
    stream.fan_out()
    full.blocked, full.space = False, 9
    for sub in list(stream.behind):
        stream.catch_up(sub)
    assert other.versions == [1, 2, 3]
    for reader in (barred, full):
        assert reader.versions == [1, 3]
        assert [(frame["after"], frame["version"]) for frame in reader.frames] == [(0, 2), (2, 3)]
    assert [version for version, _ in stream.items_after(0, 3, 7)] == [1, 3]
    stream.discard_delivered()
    assert not stream.hidden
    stream.prepend(0, items(1, 3), {2: {7}})
    assert [version for version, _ in stream.items_after(0, 3, 7)] == [1, 3]


def test_a_reader_behind_the_floor_of_the_ring_is_closed() -> None:
    stream, slow = new_stream(), Reader(space=1)
    sub = subscribe(stream, slow, 0)
    for version in range(1, stream_module.MAX_RING_ITEMS + 10):
        stream.append(version, [item(version)])
        stream.fan_out()
    slow.blocked = False
    stream.catch_up(sub)
    assert slow.closed
    assert stream.subscriptions() == []


def test_a_reader_without_a_position_gets_nothing_before_its_history() -> None:
    stream, reader = new_stream(), Reader()
    sub = Subscription(stream, reader)
    stream.behind.add(sub)
    stream.append(2, items(1, 2))
    stream.fan_out()
    assert reader.frames == []
    sub.position = 1
    stream.catch_up(sub)
    assert reader.versions == [2]


def test_a_reader_ahead_of_the_announcements_is_sent_nothing_twice() -> None:
    stream, reader = new_stream(), Reader()
    subscribe(stream, reader, 3)
    stream.append(2, items(1, 2))
    stream.fan_out()
    assert reader.frames == []
    stream.append(5, items(3, 5))
    stream.fan_out()
    assert reader.versions == [4, 5]


# --- Frames ------------------------------------------------------------------------------------------------------


@override_settings(MAX_OUTGOING_FRAME_BYTES=256 * 1024)
def test_a_frame_is_split_at_256_kib_into_consecutive_frames() -> None:
    stream, reader = new_stream(), Reader()
    subscribe(stream, reader, 0)
    stream.append(50, items(1, 50, 16_000))
    stream.fan_out()
    assert len(reader.frames) == 4
    assert all(len(orjson.dumps(frame)) < 257 * 1024 for frame in reader.frames)
    assert reader.frames[0]["after"] == 0
    for earlier, later in zip(reader.frames, reader.frames[1:], strict=False):
        assert later["after"] == earlier["version"]
    assert reader.versions == list(range(1, 51))


def test_only_the_last_frame_of_a_split_page_moves_the_position() -> None:
    stream = new_stream(50)
    frames = [orjson.loads(part) for part in stream.page_frames(50, [data for _, data in items(1, 50, 16_000)])]
    assert [frame.get("history", False) for frame in frames] == [True] * (len(frames) - 1) + [False]
    assert {frame["after"] for frame in frames} == {None}


def test_an_oversized_item_gets_its_own_frame_and_no_items_get_an_empty_one() -> None:
    assert [len(run) for run in split_by_size([b"x" * 300_000, b"y"])] == [1, 1]
    assert split_by_size([]) == [[]]


def test_only_consecutive_announcements_are_merged() -> None:
    def announcement(after: int, version: int, **fields: Any) -> Announcement:
        return Announcement(KEY, after, version, items(after + 1, version), **fields)

    joined = join_announcements(
        [announcement(0, 1, stale=0), announcement(1, 3, stale=1), announcement(4, 5), announcement(5, 6, changed=True)]
    )
    ranges = [(part.after, part.version, part.changed, part.stale) for part in joined if isinstance(part, Announcement)]
    assert ranges == [(0, 3, False, 1), (4, 5, False, 0), (5, 6, True, 0)]


# --- Order in the hub --------------------------------------------------------------------------------------------


@pytest.fixture
async def hub(live_db: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    """A hub on this test's event loop, with a real database and Valkey."""
    # Its own threads: those of an earlier test keep a connection to its database.
    executor = ThreadPoolExecutor(1)
    monkeypatch.setattr(realtime_database, "_executor", executor)
    hub = Hub()
    yield hub
    for task in list(hub._tasks):
        task.cancel()
    await asyncio.gather(*hub._tasks, return_exceptions=True)
    executor.submit(connections.close_all).result()
    executor.shutdown()


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


def announcement(stream: Stream, after: int, version: int) -> Announcement:
    return Announcement(stream.key, after, version, items(after + 1, version))


async def test_announcements_out_of_order_are_delivered_in_order(hub: Hub) -> None:
    _, _, stream, reader = await subscribed_reader(hub)
    for after, version in ((1, 2), (3, 4), (0, 1), (2, 3)):
        hub.receive(announcement(stream, after, version))
    await asyncio.sleep(0.3)
    assert reader.versions == [1, 2, 3, 4]


async def test_an_old_announcement_is_dropped(hub: Hub) -> None:
    _, _, stream, reader = await subscribed_reader(hub)
    for after, version in ((0, 1), (1, 2), (0, 1), (1, 2), (2, 3)):
        hub.receive(announcement(stream, after, version))
    await asyncio.sleep(0.1)
    assert reader.versions == [1, 2, 3]


async def test_a_gap_is_filled_from_the_database_in_order(hub: Hub) -> None:
    room, owner, stream, reader = await subscribed_reader(hub)

    def post() -> None:
        for word in "abcde":
            message_post(by=owner, room=room, content=word)

    hub.receive = lambda announcement: None  # type: ignore[method-assign]  # what the layer brings is lost
    await database(post)
    await asyncio.sleep(0.3)
    assert reader.frames == []
    del hub.receive
    hub.receive(Announcement(stream.key, 4, 5, []))
    await asyncio.sleep(0.5)
    contents = [message["content"] for frame in reader.frames for message in frame["messages"]]
    assert contents == list("abcde")
    assert stream.version == 5


async def contents_after(hub: Hub, stream: Stream, version: int) -> list[str] | None:
    """Return what a reader who resumes from a version is sent, or None if it can't resume."""
    if not await hub.ensure_backlog(stream, version):
        return None
    assert stream.version is not None
    found = [orjson.loads(data) for _, data in stream.items_after(version, stream.version)]
    return [message["content"] + message.get("reply_to", {}).get("excerpt", "") for message in found]


@pytest.mark.parametrize("lost", [False, True])
async def test_a_resuming_reader_is_not_sent_deleted_text_or_a_quote_of_it(hub: Hub, lost: bool) -> None:
    room, owner, stream, reader = await subscribed_reader(hub)

    def say() -> None:
        message_post(by=owner, room=room, content="secret")
        message_post(by=owner, room=room, content="yes: ", reply_to=1)

    await database(say)
    await hub.check_versions()
    while stream.sent < 2:
        await asyncio.sleep(0.01)
    if lost:
        hub.receive = lambda announcement: None  # type: ignore[method-assign]  # what the layer brings
    blocked = subscribe(stream, Reader(), 2)
    blocked.reader.blocked = True
    stream.live.discard(blocked)
    stream.behind.add(blocked)
    await database(message_delete, by=owner, room=room, seq=1)
    await hub.check_versions()
    while stream.sent < 3:
        await asyncio.sleep(0.01)
    assert await contents_after(hub, stream, 0) == ["yes: ", ""]
    assert await contents_after(hub, stream, 2) == [""]
    assert [message["content"] for frame in reader.frames for message in frame["messages"]] == ["secret", "yes: ", ""]


async def test_the_ring_keeps_retracted_text_only_for_readers_who_were_connected(hub: Hub) -> None:
    _, _, stream, _ = await subscribed_reader(hub)
    stream.start(3)
    slow = subscribe(stream, Reader(space=0), 3)
    hub.receive(announcement(stream, 3, 4))
    await asyncio.sleep(0.05)
    slow.reader.blocked = True
    hub.receive(announcement(stream, 4, 5))
    await asyncio.sleep(0.05)
    hub.receive(Announcement(stream.key, 5, 6, items(6, 6), stale=5))
    await asyncio.sleep(0.05)
    assert [version for version, _ in stream.items_after(4, 6)] == [5, 6]
    assert not await hub.ensure_backlog(stream, 4)
    assert await hub.ensure_backlog(stream, 5)
    slow.reader.blocked = False
    stream.catch_up(slow)
    assert isinstance(slow.reader, Reader)
    assert slow.reader.versions == [4, 5, 6]
    assert await hub.ensure_backlog(stream, 6)
    assert stream.items_after(4, 6) == []


async def test_the_version_check_finds_changes_whose_announcement_was_lost(hub: Hub) -> None:
    room, owner, _, reader = await subscribed_reader(hub)
    hub.receive = lambda announcement: None  # type: ignore[method-assign]
    await database(message_post, by=owner, room=room, content="lost")
    await hub.check_versions()
    await asyncio.sleep(0.3)
    assert [message["content"] for frame in reader.frames for message in frame["messages"]] == ["lost"]


async def test_an_announcement_is_delivered_through_the_real_channel_layer(hub: Hub) -> None:
    room, owner, _, reader = await subscribed_reader(hub)
    await asyncio.sleep(0.3)  # `group_add` returns before Redis confirms
    await database(message_post, by=owner, room=room, content="hello")
    for _ in range(20):
        if reader.frames:
            break
        await asyncio.sleep(0.05)
    assert [message["content"] for frame in reader.frames for message in frame["messages"]] == ["hello"]


async def test_a_stream_is_followed_for_a_while_after_its_last_reader_has_left(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, owner, stream, _ = await subscribed_reader(hub)
    (sub,) = stream.subscriptions()
    hub.unsubscribe(sub)
    await database(message_post, by=owner, room=room, content="meanwhile")
    await hub.check_versions()
    back = await hub.subscribe(stream.key, room.name, Reader())
    assert back.stream is stream
    hub.start_delivery(back, 0)
    assert isinstance(back.reader, Reader)
    async with asyncio.timeout(20):
        while not back.reader.frames:
            await asyncio.sleep(0.01)
    assert [message["content"] for frame in back.reader.frames for message in frame["messages"]] == ["meanwhile"]
    monkeypatch.setattr(hub_module, "UNUSED_SECONDS", 0.01)
    hub.unsubscribe(back)
    async with asyncio.timeout(20):
        while hub.streams:
            await asyncio.sleep(0.01)


async def test_a_deleted_stream_without_readers_is_dropped_at_once(hub: Hub) -> None:
    room, _, stream, _ = await subscribed_reader(hub)
    (sub,) = stream.subscriptions()
    hub.unsubscribe(sub)
    assert hub.streams == {stream.key: stream}
    await database(room.delete)
    await hub.check_versions()
    await asyncio.sleep(0.3)
    assert hub.streams == {}


async def test_a_stream_that_could_not_be_started_is_started_again(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    room = await database(lambda: room_of(person("olga")))

    def fail(ids: object) -> dict[int, int]:
        raise LookupError

    with monkeypatch.context() as patched:
        patched.setattr(room_stream, "versions", fail)
        with pytest.raises(LookupError):
            await hub.subscribe(room_stream.key(room.pk), room.name, Reader())
    assert hub.streams == {}
    sub = await hub.subscribe(room_stream.key(room.pk), room.name, Reader())
    assert sub.stream.version == 0
