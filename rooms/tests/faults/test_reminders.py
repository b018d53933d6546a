"""A process that is killed while it sends a reminder."""

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
from notifications.wording import title_of
from rooms.models import SavedMessage
from rooms.services.posting import message_post
from rooms.services.saved_messages import reminder_set
from rooms.tests.support.clients import PATIENCE, person, room_of
from rooms.tests.support.servers import RunningServer

# Dies after the notification is created, before the transaction commits.
DYING = """
import os, signal, django
django.setup()
from rooms import signals
from rooms.services.reminders import reminders_send
def die(**_):
    from notifications.models import Notification
    assert Notification.objects.count() == 1
    os.kill(os.getpid(), signal.SIGKILL)
signals.reminders_due.connect(die)
reminders_send()
"""


def test_a_reminder_is_sent_once_by_the_next_server_that_starts(
    live_db: str, server_factory: Callable[..., RunningServer]
) -> None:
    ann = person("ann")
    room = room_of(ann)
    message_post(by=ann, room=room, content="Tea at four.")
    reminder_set(by=ann, room=room, seq=1, remind_at=timezone.now().isoformat())
    environment = {**os.environ, "DATABASE_URL": live_db, "DJANGO_SETTINGS_MODULE": "chatproject.settings"}
    killed = subprocess.run([sys.executable, "-c", DYING], cwd=settings.BASE_DIR, env=environment, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert not Notification.objects.exists()
    assert SavedMessage.objects.get().reminded_at is None
    for kind in ("uvicorn", "daphne"):
        server_factory(kind)
    deadline = time.monotonic() + PATIENCE
    while SavedMessage.objects.get().reminded_at is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert title_of(Notification.objects.get()) == f"Reminder: {ann.username} in {room.name}"
