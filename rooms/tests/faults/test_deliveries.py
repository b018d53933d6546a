"""Servers that are killed while they send mails."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import pytest
from django.utils import timezone

from notifications.models import Delivery, Notification
from notifications.services.posting import notify_people
from rooms.models import User
from rooms.tests.support.clients import PATIENCE
from rooms.tests.support.mail_server import MailServer
from rooms.tests.support.servers import RunningServer

COUNT = 300


@pytest.mark.any_database
def test_every_mail_arrives_though_two_of_three_servers_are_killed(
    live_db: str, server_factory: Callable[..., RunningServer]
) -> None:
    mail_server = MailServer()
    mail_server.start()
    names = [f"reader-{number}" for number in range(COUNT)]
    User.objects.bulk_create(User(username=name, email=f"{name}@example.org", is_active=True) for name in names)
    user_ids = list(User.objects.filter(username__in=names).values_list("pk", flat=True))
    notify_people(user_ids=user_ids, title="News")
    now = timezone.now()
    Delivery.objects.bulk_create(
        Delivery(
            user=notification.topic.owner,
            channel="mail",
            dedupe_key=f"mail:{notification.topic.owner_id}:{notification.pk}",
            notification=notification,
            due_at=now,
            created_at=now,
        )
        for notification in Notification.objects.filter(topic__owner__in=user_ids).select_related("topic__owner")
    )
    settings = {
        "EMAIL_URL": f"smtp://127.0.0.1:{mail_server.port}",
        "DEFAULT_FROM_EMAIL": "chat@example.org",
        "PUBLIC_URL": "https://chat.example.org",
    }
    try:
        for arrived in (COUNT // 5, COUNT // 2):
            killed = server_factory("uvicorn", settings)
            wait_until(lambda arrived=arrived: len(mail_server.mails) >= arrived)  # type: ignore[misc]
            killed.kill9()
            waiting = Delivery.objects.filter(state=Delivery.State.WAITING)
            assert waiting.exists(), "it was killed too late to test anything"
            waiting.update(due_at=timezone.now())  # the time of the claims passes
        server_factory("uvicorn", settings)
        wait_until(lambda: not Delivery.objects.filter(state=Delivery.State.WAITING).exists())
    finally:
        mail_server.stop()
    assert set(mail_server.recipients) == {f"{name}@example.org" for name in names}
    assert set(Delivery.objects.values_list("state", flat=True)) == {Delivery.State.SENT}
    # What a server had sent when it was killed is sent again, and can be recognized.
    ids = Counter(str(mail["Message-ID"]) for mail in mail_server.mails)
    assert len(ids) == COUNT
    again = len(mail_server.mails) - COUNT
    assert again <= 2 * 4, f"{again} again: more than two servers were sending"


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 3 * PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
