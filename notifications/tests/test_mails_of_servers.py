"""Mails of real server processes, of which one is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.utils import timezone

from notifications.models import Delivery
from notifications.services.posting import notify_person
from notifications.tests.mail_case import text_of
from rooms.models import Preferences
from rooms.tests.support.clients import PATIENCE, person
from rooms.tests.support.mail_server import MailServer
from rooms.tests.support.servers import RunningServer

# Dies after the mail is sent, before that is noted.
DYING = """
import os, signal, django
django.setup()
from notifications.services.deliveries import channels, deliveries_claim
channel = channels["mail"]
((delivery, prepared),) = deliveries_claim(channel, 4)
assert channel.send(prepared).state == "sent"
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


def mail_settings(server: MailServer) -> dict[str, str]:
    return {"EMAIL_URL": f"smtp://127.0.0.1:{server.port}", "PUBLIC_URL": "https://chat.example.org"}


def wait_until_finished() -> None:
    deadline = time.monotonic() + PATIENCE
    while Delivery.objects.filter(state=Delivery.State.WAITING).exists():
        assert time.monotonic() < deadline, list(Delivery.objects.values())
        time.sleep(0.1)


def test_a_mail_that_a_killed_process_had_sent_is_sent_again_with_the_same_id(
    live_db: str, server_factory: Callable[..., RunningServer], mail_server: MailServer
) -> None:
    ann = person("ann")
    type(ann).objects.filter(pk=ann.pk).update(email="ann@example.org")
    for title in ("first", "second"):
        delivery = Delivery(user=ann, channel="mail", dedupe_key=title, due_at=timezone.now())
        notify_person(user=ann, title=title)
        delivery.notification = ann.topic.notifications.order_by("-seq").first()
        delivery.created_at = timezone.now()
        delivery.save()
    environment = {**os.environ, **mail_settings(mail_server), "DATABASE_URL": live_db}
    environment["DJANGO_SETTINGS_MODULE"] = "chatproject.settings"
    killed = subprocess.run([sys.executable, "-c", DYING], cwd=settings.BASE_DIR, env=environment, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert len(mail_server.mails) == 1
    assert Delivery.objects.filter(state=Delivery.State.WAITING).count() == 2
    Delivery.objects.update(due_at=timezone.now())  # as after the time of a claim
    for kind in ("uvicorn", "daphne"):
        server_factory(kind, mail_settings(mail_server))
    wait_until_finished()
    first, second = mail_server.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert text_of(first) == text_of(second)
    assert set(Delivery.objects.values_list("state", flat=True)) == {Delivery.State.SENT}


def test_two_servers_send_each_person_one_digest(
    live_db: str, server_factory: Callable[..., RunningServer], mail_server: MailServer
) -> None:
    people = [person(f"p{number}") for number in range(10)]
    # A zone in which it is between 8:00 and 12:00 now: Etc/GMT-5 is five hours ahead.
    ahead = (9 - timezone.now().hour + 11) % 24 - 11
    zone = f"Etc/GMT{-ahead:+d}" if ahead else "UTC"
    for one in people:
        type(one).objects.filter(pk=one.pk).update(email=f"{one.username}@example.org")
        Preferences.objects.create(user=one, email=Preferences.Email.DAILY, time_zone=zone)
        notify_person(user=one, title="news")
    for kind in ("uvicorn", "daphne"):
        server_factory(kind, mail_settings(mail_server))
    deadline = time.monotonic() + PATIENCE
    while Delivery.objects.count() < len(people):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    wait_until_finished()
    assert sorted(str(mail["To"]) for mail in mail_server.mails) == sorted(
        f"{one.username}@example.org" for one in people
    )
