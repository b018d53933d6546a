"""Shared by the tests of topics and tasks: users, rooms, and access to announcements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from chatproject.realtime.delivery import publish
from notifications.models import Notification, Topic
from notifications.wording import body_of, title_of
from rooms.models import User
from rooms.tests.support.api_case import PASSWORD, ApiCase


def told(rows: QuerySet[Notification] | None = None) -> list[tuple[str, str, str]]:
    """Return the user name, title and body of notifications, of all by default, in the order of their creation."""
    rows = Notification.objects.all() if rows is None else rows
    found = rows.select_related("topic__owner").order_by("pk")
    return [(one.topic.owner.username if one.topic.owner else "", title_of(one), body_of(one)) for one in found]


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
        return [title for _, title, _ in told(Notification.objects.filter(topic__owner=user))]

    def topic_titles(self, name: str) -> list[str]:
        """Return the titles on a named topic."""
        return [title for _, title, _ in told(Notification.objects.filter(topic__name=name))]

    @property
    def tasks_topic(self) -> Topic:
        """The topic with notifications about new tasks."""
        return Topic.objects.get(name="tasks")
