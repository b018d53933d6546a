"""What the tests of topics and tasks share: people, rooms, and what is announced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chatproject.realtime.delivery import publish
from notifications.models import Notification, Topic
from rooms.models import User
from rooms.tests.support.api_case import PASSWORD, ApiCase


class NotificationCase(ApiCase):
    """The people of ApiCase with the private room `tea` and the open `square`, and Sam, who is staff."""

    sam: User

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        Topic.objects.get_or_create(name="tasks")  # gone where a test has emptied the database before
        cls.sam = User.objects.create_user("sam", password=PASSWORD, is_staff=True)

    def announced(self, action: Callable[[], object]) -> list[publish.Announcement]:
        """What reached the publisher while `action` ran and committed."""
        seen: list[Any] = []
        put, publish.publisher.put = publish.publisher.put, seen.append  # type: ignore[method-assign,assignment]
        try:
            with self.captureOnCommitCallbacks(execute=True):
                action()
        finally:
            publish.publisher.put = put  # type: ignore[method-assign]
        return seen

    def told(self, user: User) -> list[str]:
        """The titles on a person's own topic."""
        return list(Notification.objects.filter(topic__owner=user).order_by("seq").values_list("title", flat=True))

    def on(self, name: str) -> list[str]:
        """The titles on a named topic."""
        return list(Notification.objects.filter(topic__name=name).order_by("seq").values_list("title", flat=True))

    @property
    def tasks_topic(self) -> Topic:
        """Where new tasks are told."""
        return Topic.objects.get(name="tasks")
