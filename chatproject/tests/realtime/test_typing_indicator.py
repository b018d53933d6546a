"""Typing indicators without a server: how they are batched, and what takes precedence."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chatproject.realtime.delivery import publish
from chatproject.realtime.delivery.connection import Connection
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.delivery.hub import Hub
from chatproject.realtime.delivery.publish import Announcement, Publisher
from chatproject.realtime.presence import typing_indicator
from chatproject.realtime.presence.typing_indicator import TypingIndicator
from chatproject.realtime.rate_limits.token_bucket import TokenBucket
from chatproject.tests.realtime.readers import KEY, Reader, new_stream, subscribe
from rooms.actions.typing import type_in_room
from rooms.events import room_stream
from rooms.live.consumer import ChatConsumer
from rooms.models import User
from rooms.people.socket_identity import SocketIdentity

pytestmark = pytest.mark.any_database


def shown(name: str) -> dict[str, Any]:
    return {"user_id": sum(map(ord, name)), "user_name": name, "display_name": name.title(), "avatar": None}


async def test_a_best_effort_message_waits_for_announcements_and_is_dropped_during_an_outage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[str] = []

    class Layer:
        async def group_send(self, group: str, message: dict[str, Any]) -> None:
            sent.append(message["type"])
            if len(sent) == 3:
                publisher.put(Announcement(KEY, after=1, version=2))
            if len(sent) == 6:
                raise OSError

    monkeypatch.setattr(publish, "get_channel_layer", Layer)
    publisher = Publisher()
    publisher.bind(asyncio.get_running_loop())
    for _ in range(9):
        publisher.put_best_effort(KEY, {"type": "typing"})
    publisher.put(Announcement(KEY, after=0, version=1))
    await asyncio.sleep(0.03)
    assert sent == ["announcement", "typing", "typing", "announcement", "typing", "typing"]


async def test_waiting_best_effort_messages_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []

    class Layer:
        async def group_send(self, group: str, message: dict[str, Any]) -> None:
            sent.append(message["number"])

    monkeypatch.setattr(publish, "get_channel_layer", Layer)
    publisher = Publisher()
    publisher.bind(asyncio.get_running_loop())
    for number in range(2000):
        publisher.put_best_effort(KEY, {"type": "typing", "number": number})
    await asyncio.sleep(0.1)
    assert sent == list(range(2000 - publish.MAX_BEST_EFFORT, 2000))


async def test_a_socket_remembers_only_rooms_it_is_subscribed_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rooms.actions.typing.may_type", lambda user, room_id: True)
    supervisor = SimpleNamespace(typing_indicator=SimpleNamespace(report=lambda key, person: None))
    monkeypatch.setattr("rooms.actions.typing.get_supervisor", lambda: supervisor)
    consumer = ChatConsumer()
    consumer.identity = SocketIdentity(User(pk=1, username="ann"))
    consumer.typing_bucket = TokenBucket(1, 10)
    for number in range(3):
        following: Any = {room_stream.key(number): SimpleNamespace(stream=SimpleNamespace(name="tea", version=1))}
        consumer.connection = cast(Connection, SimpleNamespace(subscriptions=following))
        await type_in_room(consumer, {"room_name": "tea"})
    assert list(consumer.member_by) == [room_stream.key(2)]


async def test_readers_without_a_full_socket_get_one_frame_with_everybody_typing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(typing_indicator, "SEND_SECONDS", 0)
    stream, reader, full = new_stream(), Reader(), Reader()
    hub = cast(Hub, SimpleNamespace(control_handlers={}, streams={KEY: stream}, spawn=asyncio.create_task))
    indicator = TypingIndicator(hub)
    receive = hub.control_handlers["typing"]
    monkeypatch.setattr(
        typing_indicator, "send_to_subscribers", lambda key, kind, **fields: receive({"stream": list(key), **fields})
    )
    for each in (reader, full):
        subscribe(stream, each, 0)
    full.blocked = True
    for name in ("ann", "ben", "ann"):
        indicator.report(KEY, shown(name))
    receive({"stream": list(KEY), "people": [shown("cid")]})  # from another process
    receive({"stream": list(StreamKey("room", 2)), "people": [shown("eve")]})
    await asyncio.sleep(1)
    (frame,) = reader.frames
    assert (frame["type"], frame["room_name"]) == ("typing", "tea")
    assert sorted(person["user_name"] for person in frame["people"]) == ["ann", "ben", "cid"]
    assert full.frames == []
    for number in range(50):
        indicator.report(KEY, shown(f"p{number}"))
    await asyncio.sleep(1)
    assert len(reader.frames[-1]["people"]) == typing_indicator.MAX_PEOPLE
