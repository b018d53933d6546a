"""Database queries of a process for watching users."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Collection
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest
from django.conf import LazySettings

from chatproject.realtime.delivery import publish
from chatproject.realtime.delivery.change_feed import DELAY_SECONDS, INTERVAL_SECONDS
from chatproject.realtime.delivery.connection import Connection
from chatproject.realtime.delivery.hub import get_hub
from rooms.events import COUNTS, READ_MARKS
from rooms.live import unread_counts
from rooms.live.consumer import ChatConsumer
from rooms.live.unread_counts import UnreadCounts, counters, get_unread_counts
from rooms.models import Membership, Room, Unread, User
from rooms.selectors.unread import unread_of
from rooms.services.read_marks import read_mark_move
from rooms.tests.services.test_read_marks import say
from rooms.tests.support.clients import Frame, database, person, room_of

PEOPLE = 200


class Socket:
    """A watching socket without a server."""

    def __init__(self, user: User) -> None:
        self.frames: list[Frame] = []
        self.connection = Connection(self._send, get_hub())
        self.connection.reader_id = user.pk
        self.consumer = cast(ChatConsumer, SimpleNamespace(connection=self.connection, connection_id=user.username))

    async def _send(self, event: Any) -> None:
        self.frames.append(orjson.loads(event["text"]))

    def entry(self) -> Frame:
        """Return the room's entry in the latest frame that has one."""
        return cast(Frame, next(frame["rooms"][0] for frame in reversed(self.frames) if frame["rooms"]))


async def until(condition: Any) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def make() -> tuple[Room, list[User]]:
    """Create a room with a message and members."""
    people = [person("ann") for _ in range(PEOPLE)]
    room = room_of(*people)
    say(room, "one", by=people[0])
    return room, people


@pytest.fixture(autouse=True)
def _own_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use new connections: the servers' threads keep theirs to another test's database."""
    monkeypatch.setattr(unread_counts, "in_database", database)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of users in each read of the counts."""
    times: list[int] = []

    def read(user_ids: Collection[int], room_ids: Collection[int] | None = None) -> list[Unread]:
        times.append(len(user_ids))
        return unread_of(user_ids, room_ids)

    monkeypatch.setattr(unread_counts, "unread_of", read)
    return times


@pytest.mark.any_database
async def test_a_message_is_counted_for_all_watching_users_in_one_query(
    live_db: str, reads: list[int], settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VERSION_CHECK_SECONDS = 0  # counts come from signals, not from the version check
    # Otherwise the first message could be signalled while users are still counted.
    with monkeypatch.context() as context:
        context.setattr(publish.publisher, "put", lambda message: None)
        room, people = await database(make)
    await asyncio.sleep(DELAY_SECONDS + INTERVAL_SECONDS)  # until changes by other tests have been signalled
    sockets = [Socket(user) for user in people]
    for socket, user in zip(sockets, people, strict=True):
        get_unread_counts().watch(socket.consumer, user.pk, "r1")
    await until(lambda: all(socket.frames for socket in sockets))
    assert (sockets[-1].frames[0]["request_id"], sockets[-1].entry()["unread"]) == ("r1", 1)
    assert sum(reads) == PEOPLE
    assert len(reads) == PEOPLE / unread_counts.MAX_USERS_PER_READ
    reads.clear()
    await database(say, room, "two", by=people[0])
    await until(lambda: all(len(socket.frames) == 2 for socket in sockets))
    assert reads == [PEOPLE]
    assert {socket.entry()["unread"] for socket in sockets[1:]} == {2}
    assert sockets[0].entry()["unread"] == 0  # their own messages
    for socket in sockets:
        get_unread_counts().remove(socket.connection)
    await database(say, room, "three", by=people[0])
    await asyncio.sleep(1)
    assert reads == [PEOPLE]


@pytest.mark.any_database
async def test_a_read_marker_that_moves_during_a_count_is_not_overwritten_by_it(
    live_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, people = await database(make)
    socket, read, marked = Socket(people[1]), threading.Event(), threading.Event()

    def slow_read(user_ids: Collection[int], room_ids: Collection[int] | None = None) -> list[Unread]:
        found = unread_of(user_ids, room_ids)
        read.set()
        assert marked.wait(10)
        return found

    monkeypatch.setattr(unread_counts, "unread_of", slow_read)
    counts: UnreadCounts = get_unread_counts()
    counts.watch(socket.consumer, people[1].pk, None)
    await until(read.is_set)
    received = asyncio.Event()
    original = get_hub().control_handlers[READ_MARKS]

    def receive(message: dict[str, Any]) -> None:
        original(message)
        received.set()

    get_hub().control_handlers[READ_MARKS] = receive
    await database(read_mark_move, user=people[1], room=room, seq=1)
    await asyncio.wait_for(received.wait(), 10)
    marked.set()
    await until(lambda: socket.frames)
    assert socket.entry()["unread"] == 0


async def test_a_count_that_changes_while_counts_are_read_is_not_overwritten_by_them(
    live_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await database(person, "ann")
    socket, reading, told = Socket(user), threading.Event(), threading.Event()

    def count(user_ids: Collection[int]) -> dict[int, int]:
        reading.set()
        assert told.wait(10)
        return dict.fromkeys(user_ids, 1)

    monkeypatch.setitem(counters, "reminders", count)
    get_unread_counts().watch(socket.consumer, user.pk, 1)
    await until(reading.is_set)
    get_hub().control_handlers[COUNTS]({"counts": [(user.pk, "reminders", 0)]})
    told.set()
    await until(lambda: socket.frames)
    assert socket.frames[0]["reminders"] == 0


@pytest.mark.any_database
async def test_a_page_that_is_opened_while_the_counts_of_a_closed_one_are_read_is_sent_all_rooms(
    live_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, people = await database(make)
    user, counts = people[1], get_unread_counts()
    first, second = Socket(user), Socket(user)
    closed, counting, opened = threading.Event(), threading.Event(), threading.Event()

    def slow_read(user_ids: Collection[int], room_ids: Collection[int] | None = None) -> list[Unread]:
        assert closed.wait(10)
        return unread_of(user_ids, room_ids)

    def count(user_ids: Collection[int]) -> dict[int, int]:
        counting.set()
        assert opened.wait(10)
        return {}

    monkeypatch.setattr(unread_counts, "unread_of", slow_read)
    monkeypatch.setitem(counters, "reminders", count)
    counts.watch(first.consumer, user.pk, 1)
    await asyncio.sleep(0)
    counts.remove(first.connection)
    closed.set()
    await until(counting.is_set)
    counts.watch(second.consumer, user.pk, 2)
    opened.set()
    await until(lambda: second.frames)
    assert [entry["room_name"] for entry in second.frames[0]["rooms"]] == [room.name]
    assert not first.frames


@pytest.mark.any_database
async def test_rooms_and_read_markers_are_found_without_signals(
    live_db: str, monkeypatch: pytest.MonkeyPatch, settings: LazySettings
) -> None:
    settings.VERSION_CHECK_SECONDS = 0.2
    monkeypatch.setattr(unread_counts, "REREAD_SECONDS", 0)
    room, people = await database(make)
    other = await database(room_of, people[0])
    socket = Socket(people[1])
    get_unread_counts().watch(socket.consumer, people[1].pk, None)
    await until(lambda: socket.frames)
    await database(Membership.objects.create, room=other, user=people[1])
    await until(lambda: socket.entry()["room_name"] == other.name)
    await database(Membership.objects.filter(room=room, user=people[1]).update, read_seq=1)
    await until(lambda: (socket.entry()["room_name"], socket.entry()["read_seq"]) == (room.name, 1))
    await database(Membership.objects.filter(room=other).delete)
    await until(lambda: socket.frames[-1].get("gone") == [other.name])
