"""A stream's ring, its readers and the frames that they are sent."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.test import override_settings

from chatproject.realtime.delivery import stream as stream_module
from chatproject.realtime.delivery.publish import Announcement, join_announcements
from chatproject.realtime.delivery.stream import Subscription, split_by_size
from chatproject.tests.realtime.readers import KEY, Reader, item, items, new_stream, subscribe

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
