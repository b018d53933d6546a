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
from notifications.services.taken_back import (
    mention_notices_update,
    room_forget,
    room_forget_for,
    task_forget,
    task_retell,
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
    "mention_notices_update",
    "notification_publish",
    "notifications_post",
    "notify_person",
    "notify_persons",
    "room_forget",
    "room_forget_for",
    "task_assign",
    "task_complete",
    "task_create",
    "task_delete",
    "task_forget",
    "task_reopen",
    "task_retell",
    "task_update",
    "topic_create",
    "topic_delete",
    "topic_update",
]
