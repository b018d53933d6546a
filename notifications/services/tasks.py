"""Create, update, assign, complete, reopen and delete tasks, and notify the users concerned.

`by` is the user who does it; None is the installation itself, as in a command on the server.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TypedDict, Unpack

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chatproject.sentences import Sentence
from notifications.events import announce_task
from notifications.models import Notification, Task
from notifications.selectors.tasks import NO_TASK, may_complete, may_delete, may_edit, task_readers_among
from notifications.services.posting import check_body, check_title, notifications_post
from notifications.services.task_notices import assignment_notices, completion_notices, creation_notices
from notifications.services.topics import lock_topics
from notifications.services.withdrawal import task_notifications_rename, task_notifications_withdraw
from rooms.errors import Conflict, InvalidField, NotFound
from rooms.models import AuditAction, Message, Room, User
from rooms.selectors.blocks import has_blocked
from rooms.selectors.rooms import NO_ROOM
from rooms.services.audit import audit_record
from rooms.services.locking import check_not_muted, lock_room, membership_under_lock
from rooms.services.message_tasks import message_tasks_set

CHANGEABLE = ("title", "description", "due_on", "assignee", "state")
RELATED = ("created_by", "assignee", "completed_by", "room", "message")
DATE_PATTERN = r"^\d{4}-\d{2}-\d{2}$"
_date = re.compile(DATE_PATTERN.removesuffix("$"), re.ASCII)


class TaskChanges(TypedDict, total=False):
    """What can be changed of a task. The due date is a `date`, text like `2026-05-01`, or None for no date."""

    title: object
    description: object
    due_on: object
    assignee: User | None
    state: object


@transaction.atomic
def task_create(
    *,
    by: User | None,
    title: object,
    description: object = "",
    assignee: User | None = None,
    due_on: object = None,
    room: Room | None = None,
    message: Message | None = None,
) -> Task:
    """Create a task, optionally from a message, and send the notification `New task created: <title>`.

    It goes to the topic of tasks, but for private and direct rooms only to their members. The message shows that it has
    a task.

    Raises:
        MissingField, InvalidField, TooLarge: the texts or the date are not acceptable, or the message is from another
            room.
        NotFound: `by` may not read the room.
        Conflict: the room is closed, the message is deleted, or the assignee may not read the task or has blocked `by`.
        Muted: `by` is muted in the room or everywhere.
    """
    task = Task(title=check_title(title), description=check_body(description, "description"), created_by=by)
    task.due_on = check_due_on(due_on)
    if message is not None:
        room = room or message.room
        if message.room_id != room.pk:
            raise InvalidField(_("The message is not in this room."))
        if message.deleted_at is not None:
            raise Conflict(_("This message was deleted."))
    if room is not None:
        room = lock_room(room)  # a removal from the room takes effect entirely before or after this
        _check_may_read(by, room, NO_ROOM)
        if room.closed_at is not None:
            raise Conflict(_("This room is archived (read-only)."))
    if by is not None:
        check_not_muted(by.pk, room.pk if room is not None else None)
    _check_assignee(by, assignee, room)
    task.room, task.message, task.assignee = room, message, assignee
    task.save()
    _show_at_message(task)
    notifications_post(creation_notices(task, by) + assignment_notices(task, by))
    announce_task(task, {assignee.pk} if assignee else ())
    return task


@transaction.atomic
def task_update(*, by: User | None, task: Task, **changes: Unpack[TaskChanges]) -> Task:
    """Change a task, and notify a new assignee, and the creator when it is completed.

    Texts and due date can be changed by its creator, its assignee, the room's owners and moderators, and staff. These
    can also assign, complete and reopen it; everyone who may read it can while it is not assigned.

    Raises:
        NotFound: `by` may not do this.
        InvalidField, TooLarge: a value is not acceptable.
        Conflict: the assignee may not read the task or has blocked `by`.
        Muted: `by` is muted in the room or everywhere.
    """
    locked = _lock_task(by, task)
    _check_may_change(by, locked, changes)
    before = {name: getattr(locked, name) for name in CHANGEABLE}
    _apply(by, locked, changes)
    changed = {name for name in CHANGEABLE if getattr(locked, name) != before[name]}
    if not changed:
        return locked
    locked.save(update_fields=[*changed, "completed_at", "completed_by"])
    notices = assignment_notices(locked, by) if "assignee" in changed else []
    if "state" in changed:
        _show_at_message(locked)
        if locked.state == Task.State.DONE:
            notices += completion_notices(locked, by)
    renamed = "title" in changed
    # All at once, in order: renaming and posting each lock topics.
    lock_topics({notice.topic_id for notice in notices} | (_topic_ids_about(locked) if renamed else set()))
    if renamed:
        task_notifications_rename(locked)
    notifications_post(notices)
    announce_task(locked, {user.pk for user in (locked.assignee, before["assignee"]) if user is not None})
    return locked


def task_assign(*, by: User | None, task: Task, assignee: User | None) -> Task:
    """Assign a task to a user and notify them, or with None unassign it. Raises what `task_update` raises."""
    return task_update(by=by, task=task, assignee=assignee)


def task_complete(*, by: User | None, task: Task) -> Task:
    """Mark a task as done and notify its creator. Idempotent. Raises NotFound, as `task_update` does."""
    return task_update(by=by, task=task, state=Task.State.DONE)


def task_reopen(*, by: User | None, task: Task) -> Task:
    """Mark a task as open again. Idempotent. Raises NotFound, as `task_update` does."""
    return task_update(by=by, task=task, state=Task.State.OPEN)


@transaction.atomic
def task_delete(*, by: User | None, task: Task) -> None:
    """Delete a task and withdraw the notifications about it.

    For its creator, the room's owners and moderators, and staff. Raises NotFound for everyone else,
    and Muted.
    """
    locked = _lock_task(by, task)
    if by is not None and not may_delete(by, _role_under_lock(by, locked), locked):
        raise NotFound(NO_TASK)
    task_notifications_withdraw(locked)
    if by is not None and locked.created_by_id != by.pk:
        author, before = locked.created_by, {"title": locked.title}
        audit_record(AuditAction.TASK_DELETED, by=by, room=locked.room, user=author, target=locked.pk, before=before)
    task_id = locked.pk
    locked.delete()
    _show_at_message(locked)
    locked.pk = task_id
    announce_task(locked, {locked.assignee.pk} if locked.assignee else ())


def check_due_on(value: object) -> date | None:
    """Return the due date if it is valid. Raises InvalidField."""
    if value is None or type(value) is date:  # a datetime is not one
        return value
    if not isinstance(value, str):
        raise InvalidField(_("%(field)s must be a string."), {"field": "due_on"})
    if not _date.fullmatch(value):
        raise InvalidField(_("Use a date like 2026-05-01."), field="due_on")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise InvalidField(_("There is no such date."), field="due_on") from error


def _apply(by: User | None, task: Task, changes: TaskChanges) -> None:
    """Set the changed fields of a locked task. Raises what `task_update` raises."""
    if "title" in changes:
        task.title = check_title(changes["title"])
    if "description" in changes:
        task.description = check_body(changes["description"], "description")
    if "due_on" in changes:
        task.due_on = check_due_on(changes["due_on"])
    if "assignee" in changes and changes["assignee"] != task.assignee:
        _check_assignee(by, changes["assignee"], task.room)
        task.assignee = changes["assignee"]
    if "state" in changes and changes["state"] != task.state:
        if changes["state"] not in Task.State.values:
            raise InvalidField(_("Use open or done."), field="state")
        task.state = str(changes["state"])
        done = task.state == Task.State.DONE
        task.completed_at, task.completed_by = (timezone.now(), by) if done else (None, None)


def _show_at_message(task: Task) -> None:
    """Have the message that a task comes from show how many of its tasks are open. Its room is locked."""
    if task.room is None or task.message is None:
        return
    states = list(Task.objects.filter(message=task.message).values_list("state", flat=True))
    message_tasks_set(
        room=task.room,
        seq=task.message.seq,
        open_tasks=states.count(Task.State.OPEN) if states else None,
    )


def _topic_ids_about(task: Task) -> set[int]:
    return set(Notification.objects.filter(task=task).values_list("topic_id", flat=True))


def _lock_task(by: User | None, task: Task) -> Task:
    """Lock a task and its room, and return the task's present state. Raises NotFound if `by` may not read it."""
    if task.room_id is not None:
        Room.objects.select_for_update(no_key=True).filter(pk=task.room_id).first()
    rows = Task.objects.select_for_update(no_key=True, of=("self",)).select_related(*RELATED)
    locked = rows.filter(pk=task.pk).first()
    if locked is None:
        raise NotFound(NO_TASK)
    _check_may_read(by, locked.room, NO_TASK)
    if by is not None:
        check_not_muted(by.pk, locked.room_id)
    return locked


def _check_may_read(by: User | None, room: Room | None, sentence: Sentence) -> None:
    if by is None or by.is_staff:
        return
    if not task_readers_among(room, {by.pk}):
        raise NotFound(sentence)


def _check_may_change(by: User | None, task: Task, changes: TaskChanges) -> None:
    if by is None:
        return
    may = may_edit if changes.keys() & {"title", "description", "due_on"} else may_complete
    if not may(by, _role_under_lock(by, task), task):
        raise NotFound(NO_TASK)


def _role_under_lock(user: User, task: Task) -> str | None:
    member = membership_under_lock(user, task.room) if task.room else None
    return member.role if member else None


def _check_assignee(by: User | None, assignee: User | None, room: Room | None) -> None:
    if assignee is None:
        return
    if not task_readers_among(room, {assignee.pk}):
        raise Conflict(_("This person can't read the task."), field="assignee")
    if has_blocked(assignee, by):
        raise Conflict(_("You can't assign tasks to this person."), field="assignee")
