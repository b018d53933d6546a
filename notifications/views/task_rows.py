"""Prepares tasks for `tasks/_task.html`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from notifications.models import Task
from notifications.selectors.tasks import may_complete, may_delete, may_edit
from rooms.models import Membership, User
from rooms.people.time_zones import local_time
from rooms.selectors.room_titles import titles_for
from rooms.wire import timestamp


class ShownTask(NamedTuple):
    """A task as its reader sees it, and what they may do with it."""

    task: Task
    done: bool
    room_title: str | None
    due: str  # a date, or a word for it
    overdue: bool
    completed_at: str | None
    mine: bool
    may_take: bool
    may_complete: bool
    may_edit: bool
    may_delete: bool


def shown_tasks(reader: User, tasks: Collection[Task]) -> list[ShownTask]:
    """The tasks as the reader sees them. Takes two queries, one if none has a room."""
    rooms = {task.room for task in tasks if task.room is not None}
    titles = titles_for(reader, rooms)
    roles = dict(Membership.objects.filter(user=reader, room__in=rooms).values_list("room_id", "role")) if rooms else {}
    today = today_of(reader)
    return [
        ShownTask(
            task=task,
            done=task.state == Task.State.DONE,
            room_title=titles[task.room.pk] if task.room else None,
            due=due_words(task.due_on, today) if task.due_on else "",
            overdue=task.state == Task.State.OPEN and task.due_on is not None and task.due_on < today,
            completed_at=timestamp(task.completed_at) if task.completed_at else None,
            mine=task.assignee_id == reader.pk,
            may_take=task.assignee_id is None and task.state == Task.State.OPEN,
            may_complete=may_complete(reader, role, task),
            may_edit=may_edit(reader, role, task),
            may_delete=may_delete(reader, role, task),
        )
        for task in tasks
        for role in [roles.get(task.room_id or 0)]
    ]


def today_of(user: User) -> date:
    """The date in the user's time zone; if that is not known, in UTC."""
    return (local_time(user.time_zone) or timezone.now()).date()


def due_words(due_on: date, today: date) -> str:
    """How a due date is written."""
    near = {today: _("today"), today + timedelta(days=1): _("tomorrow"), today - timedelta(days=1): _("yesterday")}
    return near.get(due_on) or date_format(due_on, "SHORT_DATE_FORMAT")
