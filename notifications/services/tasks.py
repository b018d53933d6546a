"""Create, update, assign, complete, reopen and delete tasks, and notify the users concerned.

`by` is the user who does it; None is the installation itself, as in a command on the server.
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
RENOTIFY_AFTER = timedelta(hours=1)  # before a user gets the same notification about a task again
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
    """Create a task, optionally from a message, and send the notification `New task created: <title>`.

    It goes to the topic of tasks, but for private and direct rooms only to their members.

    Raises:
        MissingField, InvalidField, TooLarge: the texts are not acceptable, or the message is from another room.
        NotFound: `by` may not read the room.
        Conflict: the room is closed, the message is deleted, or the assignee may not read the task or has blocked `by`.
    """
    task = Task(title=check_title(title), description=check_body(description, "description"), created_by=by)
    if message is not None:
        room = room or message.room
        if message.room_id != room.pk:
            raise InvalidField("The message is not in this room.")
        if message.deleted_at is not None:
            raise Conflict("This message was deleted.")
    if room is not None:
        room = lock_room(room)  # a removal from the room takes effect entirely before or after this
        _check_may_read(by, room, NO_ROOM)
        if room.closed_at is not None:
            raise Conflict("This room is archived (read-only).")
    _check_assignee(by, assignee, room)
    task.room, task.message, task.assignee = room, message, assignee
    task.save()
    notifications = [
        _notification(topic_id, "New task created", task, by) for topic_id in _topic_ids_for_new_task(room)
    ]
    notifications_post(notifications + _assignment_notifications(task, by))
    return task


@transaction.atomic
def task_update(*, by: User | None, task: Task, title: object = None, description: object = None) -> Task:
    """Update the given fields of a task. For its creator, the room's owners and moderators, and staff.

    Raises NotFound for everyone else, InvalidField or TooLarge.
    """
    locked = _lock_task(by, task)
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
    """Assign a task to a user and notify them, or with None unassign it. For everyone who may read it.

    Raises NotFound for everyone else, and Conflict when the assignee may not read the task or has blocked `by`.
    """
    locked = _lock_task(by, task)
    if assignee == locked.assignee:
        return locked
    _check_assignee(by, assignee, locked.room)
    locked.assignee = assignee
    locked.save(update_fields=["assignee"])
    notifications_post(_assignment_notifications(locked, by))
    return locked


@transaction.atomic
def task_complete(*, by: User | None, task: Task) -> Task:
    """Mark a task as done and notify its creator. Idempotent.

    For everyone who may read it. Raises NotFound for everyone else.
    """
    locked = _lock_task(by, task)
    if locked.state == Task.State.DONE:
        return locked
    locked.state, locked.completed_at, locked.completed_by = Task.State.DONE, timezone.now(), by
    locked.save(update_fields=["state", "completed_at", "completed_by"])
    creator = locked.created_by
    if creator is not None and creator != by and not has_blocked(creator, by):
        # A creator who can no longer read the room is not notified.
        topic_ids = personal_topic_ids(task_readers_among(locked.room, {creator.pk})).values()
        notifications_post(_unless_notified_recently(topic_ids, "Task completed", locked, by))
    return locked


@transaction.atomic
def task_reopen(*, by: User | None, task: Task) -> Task:
    """Mark a task as open again. Idempotent. For everyone who may read it; raises NotFound for everyone else."""
    locked = _lock_task(by, task)
    if locked.state == Task.State.DONE:
        locked.state, locked.completed_at, locked.completed_by = Task.State.OPEN, None, None
        locked.save(update_fields=["state", "completed_at", "completed_by"])
    return locked


@transaction.atomic
def task_delete(*, by: User | None, task: Task) -> None:
    """Delete a task and withdraw the notifications about it.

    For its creator, the room's owners and moderators, and staff. Raises NotFound for everyone else.
    """
    locked = _lock_task(by, task)
    _check_may_manage(by, locked)
    task_notifications_withdraw(locked)
    locked.delete()


def _topic_ids_for_new_task(room: Room | None) -> list[int]:
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
    """Return the notifications for topics without the same one about this task within RENOTIFY_AFTER.

    A task may be assigned or completed and reopened many times a day.
    """
    since = timezone.now() - RENOTIFY_AFTER
    notified = Notification.objects.filter(
        task=task, topic__in=topic_ids, title__startswith=f"{what}: ", created_at__gt=since
    ).values_list("topic_id", flat=True)
    return [_notification(topic_id, what, task, by) for topic_id in set(topic_ids) - set(notified)]


def _notification(topic_id: int, what: str, task: Task, by: User | None) -> NewNotification:
    payload: dict[str, Any] = {"task_id": task.pk, "room_name": task.room.name if task.room else None}
    return NewNotification(
        topic_id, f"{what}: {task.title}", payload=payload, author=by, room_id=task.room_id, task_id=task.pk
    )


def _lock_task(by: User | None, task: Task) -> Task:
    """Lock a task and its room, and return the task's present state. Raises NotFound if `by` may not read it."""
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
