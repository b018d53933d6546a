"""Making, changing, assigning, completing and deleting tasks, and telling those concerned.

`by` is who does it; None is the installation itself, as in a command run on the server.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from notifications.models import Notification, Task
from notifications.selectors import NO_TASK, task_readers_among
from notifications.services.posting import NewNotification, check_body, check_title, notifications_post
from notifications.services.topics import personal_topic_ids, tasks_topic_id
from notifications.services.withdrawal import task_notifications_rename, task_notifications_withdraw
from rooms.errors import Conflict, InvalidField, NotFound
from rooms.models import Membership, Message, Room, User
from rooms.selectors.blocks import has_blocked
from rooms.selectors.rooms import NO_ROOM
from rooms.services.locking import lock_room, membership_under_lock

MANAGERS = {Membership.Role.OWNER, Membership.Role.MODERATOR}
RENOTIFY_AFTER = timedelta(hours=1)
RELATED = ("created_by", "assignee", "completed_by", "room", "message")


@transaction.atomic
def task_create(
    *,
    by: User | None,
    title: object,
    description: object = "",
    assignee: User | None = None,
    room: Room | None = None,
    message: Message | None = None,
) -> Task:
    """Make a task, perhaps from a message, and tell `New task created: <title>`: a private room's to its members only.

    Raises:
        MissingField, InvalidField, TooLarge: the texts won't do.
        NotFound: the person may not read the room.
        Conflict: it is closed, the message is deleted, or the assignee may not read the task.
    """
    task = Task(title=check_title(title), description=check_body(description, "description"), created_by=by)
    if message is not None:
        room = room or message.room
        if message.room_id != room.pk:
            raise InvalidField("The message is not in this room.")
        if message.deleted_at is not None:
            raise Conflict("This message was deleted.")
    if room is not None:
        room = lock_room(room)  # a removal from the room comes wholly before or wholly after
        _check_may_read(by, room, NO_ROOM)
        if room.closed_at is not None:
            raise Conflict("This room is archived (read-only).")
    _check_assignee(by, assignee, room)
    task.room, task.message, task.assignee = room, message, assignee
    task.save()
    news = [_notification(topic_id, "New task created", task, by) for topic_id in _topics_for_new_task(room)]
    notifications_post(news + _assignment_notifications(task, by))
    return task


@transaction.atomic
def task_update(*, by: User | None, task: Task, title: object = None, description: object = None) -> Task:
    """Change what is given and leave the rest. For its creator, the room's owners and moderators, and staff.

    Raises NotFound for everybody else, InvalidField, TooLarge.
    """
    locked = _lock(by, task)
    _check_may_manage(by, locked)
    if title is not None:
        locked.title = check_title(title)
    if description is not None:
        locked.description = check_body(description, "description")
    locked.save(update_fields=["title", "description"])
    if title is not None:
        task_notifications_rename(locked)
    return locked


@transaction.atomic
def task_assign(*, by: User | None, task: Task, assignee: User | None) -> Task:
    """Give a task to somebody, or to nobody, and tell them. For whoever may read it.

    Raises NotFound for everybody else, or Conflict when the assignee may not read it.
    """
    locked = _lock(by, task)
    if assignee == locked.assignee:
        return locked
    _check_assignee(by, assignee, locked.room)
    locked.assignee = assignee
    locked.save(update_fields=["assignee"])
    notifications_post(_assignment_notifications(locked, by))
    return locked


@transaction.atomic
def task_complete(*, by: User | None, task: Task) -> Task:
    """Mark a task as done and tell its creator. Idempotent. For whoever may read it; NotFound for everybody else."""
    locked = _lock(by, task)
    if locked.state == Task.State.DONE:
        return locked
    locked.state, locked.completed_at, locked.completed_by = Task.State.DONE, timezone.now(), by
    locked.save(update_fields=["state", "completed_at", "completed_by"])
    creator = locked.created_by
    if creator is not None and creator != by and not has_blocked(creator, by):
        # Not to a creator who has lost the room since.
        topic_ids = personal_topic_ids(task_readers_among(locked.room, {creator.pk})).values()
        notifications_post(_unless_notified_recently(topic_ids, "Task completed", locked, by))
    return locked


@transaction.atomic
def task_reopen(*, by: User | None, task: Task) -> Task:
    """Mark a task as open again. Idempotent. For whoever may read it; NotFound for everybody else."""
    locked = _lock(by, task)
    if locked.state == Task.State.DONE:
        locked.state, locked.completed_at, locked.completed_by = Task.State.OPEN, None, None
        locked.save(update_fields=["state", "completed_at", "completed_by"])
    return locked


@transaction.atomic
def task_delete(*, by: User | None, task: Task) -> None:
    """Delete a task, and take back what was told of it.

    For its creator, the room's owners and moderators, and staff. Raises NotFound for everybody else.
    """
    locked = _lock(by, task)
    _check_may_manage(by, locked)
    task_notifications_withdraw(locked)
    locked.delete()


def _topics_for_new_task(room: Room | None) -> list[int]:
    if room is None or room.kind == Room.Kind.OPEN:
        return [tasks_topic_id()]
    members = Membership.objects.filter(room=room, user__is_active=True)
    return sorted(personal_topic_ids(set(members.values_list("user_id", flat=True))).values())


def _assignment_notifications(task: Task, by: User | None) -> list[NewNotification]:
    if task.assignee is None or task.assignee == by:
        return []
    topic_ids = personal_topic_ids([task.assignee.pk]).values()
    return _unless_notified_recently(topic_ids, "Task assigned to you", task, by)


def _unless_notified_recently(
    topic_ids: Collection[int], what: str, task: Task, by: User | None
) -> list[NewNotification]:
    """The news for those who have not been told the same of this task lately: it may go to and fro all day."""
    since = timezone.now() - RENOTIFY_AFTER
    told = Notification.objects.filter(
        task=task, topic__in=topic_ids, title__startswith=f"{what}: ", created_at__gt=since
    ).values_list("topic_id", flat=True)
    return [_notification(topic_id, what, task, by) for topic_id in set(topic_ids) - set(told)]


def _notification(topic_id: int, what: str, task: Task, by: User | None) -> NewNotification:
    payload: dict[str, Any] = {"task_id": task.pk, "room_name": task.room.name if task.room else None}
    return NewNotification(
        topic_id, f"{what}: {task.title}", payload=payload, author=by, room_id=task.room_id, task_id=task.pk
    )


def _lock(by: User | None, task: Task) -> Task:
    """The task as it is now, under its room's lock and its own. Raises NotFound for whoever may not read it."""
    if task.room_id is not None:
        Room.objects.select_for_update(no_key=True).filter(pk=task.room_id).first()
    rows = Task.objects.select_for_update(no_key=True, of=("self",)).select_related(*RELATED)
    locked = rows.filter(pk=task.pk).first()
    if locked is None:
        raise NotFound(NO_TASK)
    _check_may_read(by, locked.room, NO_TASK)
    return locked


def _check_may_read(by: User | None, room: Room | None, sentence: str) -> None:
    if by is None or by.is_staff:
        return
    if not task_readers_among(room, {by.pk}):
        raise NotFound(sentence)


def _check_may_manage(by: User | None, task: Task) -> None:
    if by is None or by.is_staff or task.created_by == by:
        return
    member = membership_under_lock(by, task.room) if task.room else None
    if member is None or member.role not in MANAGERS:
        raise NotFound(NO_TASK)


def _check_assignee(by: User | None, assignee: User | None, room: Room | None) -> None:
    if assignee is None:
        return
    if not task_readers_among(room, {assignee.pk}):
        raise Conflict("assignee: This person can't read the task.")
    if has_blocked(assignee, by):
        raise Conflict("assignee: You can't assign tasks to this person.")
