"""Writes. Nothing else writes, and nothing else announces."""

from notifications.services.posting import (
    NewNotification,
    check_body,
    check_payload,
    check_title,
    notification_publish,
    notifications_post,
    notify_person,
    notify_persons,
)
from notifications.services.tasks import (
    task_assign,
    task_complete,
    task_create,
    task_delete,
    task_reopen,
    task_update,
)
from notifications.services.topics import topic_create, topic_delete, topic_update

__all__ = [
    "NewNotification",
    "check_body",
    "check_payload",
    "check_title",
    "notification_publish",
    "notifications_post",
    "notify_person",
    "notify_persons",
    "task_assign",
    "task_complete",
    "task_create",
    "task_delete",
    "task_reopen",
    "task_update",
    "topic_create",
    "topic_delete",
    "topic_update",
]
