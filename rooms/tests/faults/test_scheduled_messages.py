"""Servers that are killed while they send scheduled messages."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.utils import timezone

from rooms.models import Message, ScheduledMessage
from rooms.tests.support.clients import PATIENCE, person, room_of
from rooms.tests.support.servers import RunningServer

COUNT = 300


def test_each_is_sent_once_by_servers_of_which_one_is_killed(
    live_db: str, server_factory: Callable[..., RunningServer]
) -> None:
    ann = person("ann")
    rooms = [room_of(ann) for _ in range(3)]
    now = timezone.now()
    ScheduledMessage.objects.bulk_create(
        ScheduledMessage(author=ann, room=rooms[number % 3], content=str(number), send_at=now)
        for number in range(COUNT)
    )
    killed = server_factory("uvicorn")
    deadline = time.monotonic() + PATIENCE
    while not Message.objects.exists():
        assert time.monotonic() < deadline
    killed.kill9()
    assert ScheduledMessage.objects.exists(), "it was killed too late to test anything"
    server_factory("uvicorn")
    while ScheduledMessage.objects.exists():
        assert time.monotonic() < deadline + PATIENCE
        time.sleep(0.1)
    assert sorted(map(int, Message.objects.values_list("content", flat=True))) == list(range(COUNT))
