"""Tasks, with the decision who may read them and what else a reader may do with them."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from chatproject.prepared_query import PreparedQuery
from chatproject.realtime.delivery.source import GUEST
from notifications.models import Task
from rooms.errors import NotFound
from rooms.models import Membership, Room, User
from rooms.selectors.rooms import readable_by, readers_among

NO_TASK = _("Task not found, or you can't change it.")
MANAGERS = {Membership.Role.OWNER, Membership.Role.MODERATOR}


def task_is_readable(user_id: int | OuterRef) -> Q:
    """Match the tasks that an active user may read: those without a room, and those of rooms that they may read.

    This is the only place with that rule. For a user whom the task names, `user_id` is an `OuterRef(OuterRef(...))`.
    """
    return Q(room=None) | Q(Exists(Room.objects.filter(readable_by(user_id), pk=OuterRef("room"))))


def tasks_for(user: User) -> QuerySet[Task]:
    """Return the tasks that a user may read, newest first."""
    return (
        Task.objects.filter(task_is_readable(user.pk))
        .select_related("created_by", "assignee", "completed_by", "room", "message")
        .order_by("-id")
    )


def get_task_for(user: User, task_id: int) -> Task:
    """Return the task, if the user may read it.

    Raises:
        NotFound: it does not exist or the user may not read it; both give the same message.
    """
    task = tasks_for(user).filter(pk=task_id).first() if 0 < task_id < 2**63 else None
    if task is None:
        raise NotFound(NO_TASK)
    return task


def task_readers_among(room: Room | None, user_ids: set[int]) -> set[int]:
    """Return which of these users may read the tasks of a room, or for None those without a room."""
    if room is not None:
        return readers_among(room, user_ids) - {GUEST}
    return set(User.objects.filter(pk__in=user_ids, is_active=True).values_list("pk", flat=True))


# --- What readers of a task may do; `role` is theirs in its room, or None ---------------------------------------


def may_delete(user: User, role: str | None, task: Task) -> bool:
    """Return whether a user may delete a task: its creator, the room's owners and moderators, and staff."""
    return user.is_staff or task.created_by_id == user.pk or role in MANAGERS


def may_edit(user: User, role: str | None, task: Task) -> bool:
    """Return whether a user may change its texts and due date: who may delete it, and its assignee."""
    return task.assignee_id == user.pk or may_delete(user, role, task)


def may_complete(user: User, role: str | None, task: Task) -> bool:
    """Return whether a user may complete, reopen and assign a task: who may edit it, and everyone if unassigned."""
    return task.assignee_id is None or may_edit(user, role, task)


# --- How many open tasks are assigned to a user -----------------------------------------------------------------

_open_tasks = PreparedQuery(
    lambda user_id: (
        Task.objects.filter(task_is_readable(user_id), assignee=user_id, state=Task.State.OPEN)
        .order_by()
        .values_list("pk")
    )
)


def open_task_count(user_id: int) -> int:
    """Return how many open tasks that they may read are assigned to a user."""
    return len(_open_tasks.values(user_id))


def open_task_counts(user_ids: Collection[int]) -> dict[int, int]:
    """Return for each of these users what `open_task_count` returns; those without any are left out."""
    readable = task_is_readable(OuterRef(OuterRef("assignee")))
    tasks = Task.objects.filter(readable, assignee__in=user_ids, state=Task.State.OPEN)
    return dict(tasks.order_by().values_list("assignee").annotate(count=Count("pk")))
