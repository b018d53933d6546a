"""How the hub orders announcements, fills gaps from the database and follows streams."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from chatproject.realtime.delivery import hub as hub_module
from chatproject.realtime.delivery.hub import Hub
from chatproject.realtime.delivery.publish import Announcement
from chatproject.realtime.delivery.stream import Stream
from chatproject.tests.realtime.readers import Reader, items, subscribe, subscribed_reader, until
from rooms.events import room_stream
from rooms.services.messages import message_delete
from rooms.services.posting import message_post
from rooms.tests.support.clients import database, person, room_of


def announcement(stream: Stream, after: int, version: int) -> Announcement:
    return Announcement(stream.key, after, version, items(after + 1, version))


async def test_announcements_out_of_order_are_delivered_in_order(hub: Hub) -> None:
    _, _, stream, reader = await subscribed_reader(hub)
    for after, version in ((1, 2), (3, 4), (0, 1), (2, 3)):
        hub.receive(announcement(stream, after, version))
    await until(lambda: len(reader.versions) >= 4)
    assert reader.versions == [1, 2, 3, 4]


async def test_an_old_announcement_is_dropped(hub: Hub) -> None:
    _, _, stream, reader = await subscribed_reader(hub)
    for after, version in ((0, 1), (1, 2), (0, 1), (1, 2), (2, 3)):
        hub.receive(announcement(stream, after, version))
    await until(lambda: len(reader.versions) >= 3)
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
    await until(lambda: bool(reader.frames))
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
    await until(lambda: stream.sent >= 2)
    if lost:
        hub.receive = lambda announcement: None  # type: ignore[method-assign]  # what the layer brings
    blocked = subscribe(stream, Reader(), 2)
    blocked.reader.blocked = True
    stream.live.discard(blocked)
    stream.behind.add(blocked)
    await database(message_delete, by=owner, room=room, seq=1)
    await hub.check_versions()
    await until(lambda: stream.sent >= 3)
    assert await contents_after(hub, stream, 0) == ["yes: ", ""]
    assert await contents_after(hub, stream, 2) == [""]
    assert [message["content"] for frame in reader.frames for message in frame["messages"]] == ["secret", "yes: ", ""]


async def test_the_ring_keeps_retracted_text_only_for_readers_who_were_connected(hub: Hub) -> None:
    _, _, stream, _ = await subscribed_reader(hub)
    stream.start(3)
    slow = subscribe(stream, Reader(space=0), 3)
    hub.receive(announcement(stream, 3, 4))
    await until(lambda: stream.sent == 4)
    slow.reader.blocked = True
    hub.receive(announcement(stream, 4, 5))
    await until(lambda: stream.sent == 5)
    hub.receive(Announcement(stream.key, 5, 6, items(6, 6), stale=5))
    await until(lambda: stream.sent == 6)
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
    await until(lambda: bool(reader.frames))
    assert [message["content"] for frame in reader.frames for message in frame["messages"]] == ["lost"]


async def test_an_announcement_is_delivered_through_the_real_channel_layer(hub: Hub) -> None:
    room, owner, _, reader = await subscribed_reader(hub)
    await asyncio.sleep(0.3)  # `group_add` returns before Redis confirms
    await database(message_post, by=owner, room=room, content="hello")
    await until(lambda: bool(reader.frames))
    assert [message["content"] for frame in reader.frames for message in frame["messages"]] == ["hello"]


async def test_a_stream_is_followed_for_a_while_after_its_last_reader_has_left(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, owner, stream, _ = await subscribed_reader(hub)
    (sub,) = stream.subscriptions()
    hub.unsubscribe(sub)
    await database(message_post, by=owner, room=room, content="meanwhile")
    await hub.check_versions()
    reader = Reader()
    back = await hub.subscribe(stream.key, room.name, reader)
    assert back.stream is stream
    hub.start_delivery(back, 0)
    await until(lambda: bool(reader.frames))
    assert [message["content"] for frame in reader.frames for message in frame["messages"]] == ["meanwhile"]
    monkeypatch.setattr(hub_module, "UNUSED_SECONDS", 0.01)
    hub.unsubscribe(back)
    await until(lambda: not hub.streams)


async def test_a_deleted_stream_without_readers_is_dropped_at_once(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "UNUSED_SECONDS", 600)
    room, _, stream, _ = await subscribed_reader(hub)
    (sub,) = stream.subscriptions()
    hub.unsubscribe(sub)
    assert hub.streams == {stream.key: stream}
    await database(room.delete)
    await hub.check_versions()
    await until(lambda: not hub.streams)


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
