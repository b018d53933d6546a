"""The notifications about a task: of new ones, of assignments, and of completed ones."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.utils import timezone

from notifications.models import Notification, Task
from notifications.selectors.tasks import task_readers_among
from notifications.services.posting import NewNotification
from notifications.services.topics import personal_topic_ids, tasks_topic_id
from rooms.models import Membership, Room, User
from rooms.selectors.blocks import has_blocked

Kind = Notification.Kind
RENOTIFY_AFTER = timedelta(hours=1)  # before a user gets the same notification about a task again


def creation_notices(task: Task, by: User | None) -> list[NewNotification]:
    """Return the notifications of a new task: on the topic of tasks, or for its members if its room is not public."""
    return [_notice(topic_id, Kind.TASK_CREATED, task, by) for topic_id in _topic_ids_for_new_task(task.room)]


def assignment_notices(task: Task, by: User | None) -> list[NewNotification]:
    """Return the notification of the assignee, unless they assigned the task to themselves."""
    if task.assignee is None or task.assignee == by:
        return []
    topic_ids = personal_topic_ids([task.assignee.pk]).values()
    return _unless_notified_recently(topic_ids, Kind.TASK_ASSIGNED, task, by)


def completion_notices(task: Task, by: User | None) -> list[NewNotification]:
    """Return the notification of the creator that somebody else completed the task, if they can still read it."""
    creator = task.created_by
    if creator is None or creator == by or has_blocked(creator, by):
        return []
    topic_ids = personal_topic_ids(task_readers_among(task.room, {creator.pk})).values()
    return _unless_notified_recently(topic_ids, Kind.TASK_COMPLETED, task, by)


def due_notices(task: Task, kind: Kind) -> list[NewNotification]:
    """Return the notification of the assignee that a task is due, or overdue, if they can still read it."""
    assert task.assignee is not None
    topic_ids = personal_topic_ids(task_readers_among(task.room, {task.assignee.pk})).values()
    return [_notice(topic_id, kind, task, None) for topic_id in topic_ids]


def _topic_ids_for_new_task(room: Room | None) -> list[int]:
    if room is None or room.kind == Room.Kind.OPEN:
        return [tasks_topic_id()]
    members = Membership.objects.filter(room=room, user__is_active=True)
    return sorted(personal_topic_ids(set(members.values_list("user_id", flat=True))).values())


def _unless_notified_recently(
    topic_ids: Collection[int], kind: Kind, task: Task, by: User | None
) -> list[NewNotification]:
    """Return the notifications for topics without the same one about this task within RENOTIFY_AFTER.

    A task may be assigned or completed and reopened many times a day.
    """
    since = timezone.now() - RENOTIFY_AFTER
    notified = Notification.objects.filter(task=task, topic__in=topic_ids, kind=kind, created_at__gt=since).values_list(
        "topic_id", flat=True
    )
    return [_notice(topic_id, kind, task, by) for topic_id in set(topic_ids) - set(notified)]


def _notice(topic_id: int, kind: Kind, task: Task, by: User | None) -> NewNotification:
    room_name = task.room.name if task.room else None
    payload: dict[str, Any] = {"task_id": task.pk, "task_title": task.title, "room_name": room_name}
    return NewNotification(topic_id, kind=kind, payload=payload, author=by, room_id=task.room_id, task_id=task.pk)
