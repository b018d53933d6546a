"""A process that is killed while it mentions everybody in a room."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable

from django.conf import settings
from django.utils import timezone

from notifications.models import Notification
from rooms.models import Membership, Mention, RoomMention, User
from rooms.services.posting import message_post
from rooms.services.room_mentions import BATCH
from rooms.tests.support.clients import PATIENCE, person, room_of
from rooms.tests.support.servers import RunningServer

COUNT = 2 * BATCH + 1
# Dies after the second batch of mentions is written, before the transaction commits.
DYING = """
import os, signal, django
django.setup()
from django.db import connection
from rooms.services.room_mentions import room_mentions_write
written = []
def die(execute, sql, params, many, context):
    result = execute(sql, params, many, context)
    if sql.startswith(('UPDATE "rooms_roommention"', 'DELETE FROM "rooms_roommention"')):
        written.append(sql)
        if len(written) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
    return result
with connection.execute_wrapper(die):
    room_mentions_write()
"""


def test_each_member_is_mentioned_once_by_the_next_servers_that_start(
    live_db: str, server_factory: Callable[..., RunningServer]
) -> None:
    ann = person("ann")
    people = User.objects.bulk_create(User(username=f"{ann.username}-{number}") for number in range(COUNT))
    room = room_of(ann, *people)
    message_post(by=ann, room=room, content="@room: fire drill at four.")
    environment = {**os.environ, "DATABASE_URL": live_db, "DJANGO_SETTINGS_MODULE": "chatproject.settings"}
    killed = subprocess.run([sys.executable, "-c", DYING], cwd=settings.BASE_DIR, env=environment, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert Mention.objects.filter(room=room).count() == BATCH - 1  # and the author
    Membership.objects.filter(room=room, user=people[-1]).update(joined_at=timezone.now())
    for kind in ("uvicorn", "daphne"):
        server_factory(kind)
    deadline = time.monotonic() + 3 * PATIENCE
    while RoomMention.objects.exists() or Mention.objects.filter(pending=True).exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    told = Notification.objects.values_list("topic__owner", "kind")
    assert sorted(told) == [(user.pk, "room_mention") for user in people[:-1]]  # the last one has joined since
