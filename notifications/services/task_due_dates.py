"""Reminds assignees of tasks on the day on which they are due.

`Task.reminded_of` marks the due dates of which the assignee was reminded. Every server process looks for others, so
that none is forgotten when a process is killed; each is handled exactly once, in the transaction that notifies.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from chatproject.realtime.background.periodic import PeriodicTask
from notifications.models import Notification, Task
from notifications.services.posting import notifications_post
from notifications.services.task_notices import due_notices
from rooms.people.time_zones import zone_or_utc

Kind = Notification.Kind
REMIND_AT = time(9)  # by the clock of the assignee
SECONDS_BETWEEN_CHECKS = 60
MAX_BATCH = 200
EASTERNMOST = timedelta(hours=14)  # where a day begins first, before UTC


def due_tasks_remind() -> None:
    """Remind assignees of their open tasks that are due today, or were due yesterday if no server was running."""
    ids = [task.pk for task in _due().select_related("assignee__preferences") if _local_time_when_due(task) is not None]
    for start in range(0, len(ids), MAX_BATCH):
        _remind_batch(ids[start : start + MAX_BATCH])


due_tasks_task = PeriodicTask(due_tasks_remind, interval=SECONDS_BETWEEN_CHECKS, delay=2.0)


def _due() -> QuerySet[Task]:
    """Match the tasks of which it may be time to remind somewhere on earth."""
    latest = (timezone.now() + EASTERNMOST).date()
    waiting = Task.objects.filter(Q(reminded_of=None) | ~Q(reminded_of=F("due_on")), due_on__lte=latest)
    return waiting.filter(state=Task.State.OPEN, assignee__isnull=False)


@transaction.atomic
def _remind_batch(ids: list[int]) -> None:
    notices = []
    waiting = _due().filter(pk__in=ids).select_related("assignee__preferences", "room").order_by("pk")
    for task in waiting.select_for_update(skip_locked=True, no_key=True, of=("self",)):
        local = _local_time_when_due(task)
        if local is None or task.due_on is None:  # changed meanwhile
            continue
        days_late = (local.date() - task.due_on).days
        if days_late <= 1:  # otherwise its date was already over when it was set, or nobody was served for days
            notices += due_notices(task, Kind.TASK_OVERDUE if days_late else Kind.TASK_DUE)
        Task.objects.filter(pk=task.pk).update(reminded_of=task.due_on)
    notifications_post(notices)


def _local_time_when_due(task: Task) -> datetime | None:
    """Return what a clock of the assignee shows now, if it is time to remind them."""
    if task.assignee is None or task.due_on is None:
        return None
    preferences = getattr(task.assignee, "preferences", None)
    zone = zone_or_utc((preferences.time_zone if preferences is not None else "") or task.assignee.time_zone)
    now = timezone.now().astimezone(zone)
    return now if now >= datetime.combine(task.due_on, REMIND_AT, zone) else None
