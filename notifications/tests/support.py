"""Shared by the tests of topics and tasks: users, rooms, and access to announcements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chatproject.realtime.delivery import publish
from notifications.models import Notification, Topic
from rooms.models import User
from rooms.tests.support.api_case import PASSWORD, ApiCase


class NotificationCase(ApiCase):
    """The users and rooms of ApiCase, and Sam, who is staff."""

    sam: User

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        Topic.objects.get_or_create(name="tasks")  # missing if an earlier test emptied the database
        cls.sam = User.objects.create_user("sam", password=PASSWORD, is_staff=True)

    def announced(self, action: Callable[[], object]) -> list[publish.Announcement]:
        """Return the announcements of streams that reached the publisher while `action` ran and committed."""
        return [one for one in self.published(action) if isinstance(one, publish.Announcement)]

    def published(self, action: Callable[[], object]) -> list[publish.Outgoing]:
        """Return all that reached the publisher while `action` ran and committed."""
        seen: list[Any] = []
        put, publish.publisher.put = publish.publisher.put, seen.append  # type: ignore[method-assign,assignment]
        try:
            with self.captureOnCommitCallbacks(execute=True):
                action()
        finally:
            publish.publisher.put = put  # type: ignore[method-assign]
        return seen

    def personal_titles(self, user: User) -> list[str]:
        """Return the titles on a user's personal topic."""
        return list(Notification.objects.filter(topic__owner=user).order_by("seq").values_list("title", flat=True))

    def topic_titles(self, name: str) -> list[str]:
        """Return the titles on a named topic."""
        return list(Notification.objects.filter(topic__name=name).order_by("seq").values_list("title", flat=True))

    @property
    def tasks_topic(self) -> Topic:
        """The topic with notifications about new tasks."""
        return Topic.objects.get(name="tasks")
