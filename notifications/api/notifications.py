"""Notifications: pages, missed notifications, and publishing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response

from chatproject.page_size import fit_from_end, fit_from_start
from notifications.api.topics import TOPIC_PATH
from notifications.models import Notification, Topic
from notifications.selectors import topics as selectors
from notifications.serializers import (
    MyNotificationPageSchema,
    NewNotification,
    NotificationPageSchema,
    NotificationSchema,
    NotificationsRead,
    UnreadNotificationsSchema,
)
from notifications.services.posting import notification_publish
from notifications.services.unread import notification_read, notifications_read_up_to
from notifications.wire import notification_size, notification_wire
from rooms.api.base import ApiView, parsed, query_limit, query_position
from rooms.api.schema import LIMIT, number_parameter
from rooms.models import User
from rooms.selectors.installation import get_epoch

PAGE_PARAMETERS = [
    number_parameter("after", "The first notifications with a higher seq."),
    number_parameter("before", "The last notifications with a lower seq."),
    number_parameter("since", "The notifications changed after this version, in the order of their versions."),
    LIMIT,
]


def page_answer(
    request: Request, topic: Topic, reader: User, more_fields: Callable[[Notification], dict[str, Any]] = lambda _: {}
) -> Response:
    """The response with the requested page of a topic. Raises InvalidField."""
    limit = query_limit(request)
    notifications, more = page_of(topic, reader, limit=limit, **query_position(request))
    body = {
        "notifications": [notification_wire(row) | more_fields(row) for row in notifications],
        "version": topic.version,
        "epoch": get_epoch(),
        "more": more,
    }
    return Response(body)


def page_of(
    topic: Topic,
    reader: User,
    *,
    limit: int,
    after: int | None = None,
    before: int | None = None,
    since: int | None = None,
) -> tuple[list[Notification], bool]:
    """At most `limit` notifications, and whether there are more in that direction."""
    if after is not None:
        rows = selectors.notifications_after(topic, reader, after=after, limit=limit + 1)
    elif since is not None:
        rows = selectors.changes_since(topic, reader, version=since, limit=limit + 1)
    else:
        rows = selectors.recent_notifications(topic, reader, before=before, limit=limit + 1)
        page = fit_from_end(rows[-limit:], notification_size)
        return page, len(page) < len(rows)
    page = fit_from_start(rows[:limit], notification_size)
    return page, len(page) < len(rows)


@extend_schema_view(
    get=extend_schema(
        summary="List notifications, oldest first",
        description="Returns the newest page, or, with `after`, `before` or `since`, the page at that position.",
        operation_id="topic_notifications_list",
        parameters=PAGE_PARAMETERS,
        responses=NotificationPageSchema,
    )
)
class TopicNotificationsView(ApiView):
    """The notifications of a topic."""

    path_schemas = TOPIC_PATH

    def get(self, request: Request, name: str) -> Response:
        """A page of notifications, and the topic's version at that time."""
        return page_answer(request, selectors.get_topic_for(self.person, name), self.person)


@extend_schema_view(
    get=extend_schema(
        summary="List my notifications, oldest first",
        description="The notifications on your own topic: mentions, replies, invitations, tasks assigned to you, your "
        "tasks that others completed, and the like.",
        operation_id="notifications_list",
        parameters=PAGE_PARAMETERS,
        responses=MyNotificationPageSchema,
    )
)
class MyNotificationsView(ApiView):
    """The notifications on the requesting user's own topic."""

    def get(self, request: Request) -> Response:
        """A page of notifications, which of them are unread, and the topic's version at that time."""
        topic = selectors.get_topic_for(self.person, f"@{self.person.username}")
        answer = page_answer(request, topic, self.person, lambda row: {"unread": row.unread})
        answer.data["unread"] = selectors.unread_count(self.person.pk)
        return answer


@extend_schema_view(
    put=extend_schema(
        summary="Mark one of my notifications as read",
        description="Notifications about messages are also marked as read when you read the messages. Your sockets "
        "that watch receive `unread` with the new count.",
        operation_id="notification_read",
        request=None,
        responses=UnreadNotificationsSchema,
    )
)
class NotificationReadView(ApiView):
    """Whether a notification of the requesting user is read."""

    def put(self, request: Request, seq: int) -> Response:
        """Mark it as read."""
        notification_read(by=self.person, seq=seq)
        return Response({"unread": selectors.unread_count(self.person.pk)})


@extend_schema_view(
    put=extend_schema(
        summary="Mark my notifications as read",
        description="All up to a seq.",
        operation_id="notifications_read",
        request=NotificationsRead,
        responses=UnreadNotificationsSchema,
    )
)
class NotificationsReadView(ApiView):
    """Which of the requesting user's notifications are read."""

    def put(self, request: Request) -> Response:
        """Mark all up to one as read."""
        notifications_read_up_to(by=self.person, seq=parsed(NotificationsRead, request)["up_to"])
        return Response({"unread": selectors.unread_count(self.person.pk)})


@extend_schema_view(
    post=extend_schema(
        summary="Publish a notification",
        operation_id="notifications_create",
        request=NewNotification,
        responses={201: NotificationSchema},
    )
)
class PublishView(ApiView):
    """Publish on a topic."""

    path_schemas = TOPIC_PATH

    def post(self, request: Request, name: str) -> Response:
        """Publish a notification; returns it as subscribers receive it."""
        topic = selectors.get_topic_to_publish(self.person, name)
        published = notification_publish(by=self.person, topic=topic, **parsed(NewNotification, request))
        return Response(notification_wire(published), status=201)
