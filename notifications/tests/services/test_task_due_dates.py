"""Reminders of tasks on the day on which they are due."""

from __future__ import annotations

from datetime import UTC, date, datetime
from unittest import mock

from notifications.models import Notification, Task
from notifications.services.task_due_dates import due_tasks_remind
from notifications.services.tasks import task_complete, task_create, task_update
from notifications.tests.support import NotificationCase
from rooms.models import Preferences, User
from rooms.services.members import member_remove
from rooms.tests.support.concurrency import TogetherCase

DAY = date(2026, 5, 1)


def remind(text: str) -> None:
    """Remind at a time in UTC. The clock is all that is replaced."""
    now = datetime.fromisoformat(text).replace(tzinfo=UTC)
    with mock.patch("notifications.services.task_due_dates.timezone.now", return_value=now):
        due_tasks_remind()


class DueDates(NotificationCase):
    def setUp(self) -> None:
        super().setUp()
        self.task = task_create(by=self.ann, title="Water", assignee=self.ben, due_on=DAY, room=self.tea)
        Notification.objects.all().delete()

    def titles(self) -> list[str]:
        return self.personal_titles(self.ben)

    def test_the_assignee_is_reminded_once_at_nine_on_that_day(self) -> None:
        for moment in ("2026-04-30 09:00", "2026-05-01 08:59"):
            remind(moment)
            assert self.titles() == []
        for moment in ("2026-05-01 09:00", "2026-05-01 09:01", "2026-05-02 10:00"):
            remind(moment)
            assert self.titles() == ["Task due today: Water"]
        assert not Notification.objects.exclude(topic__owner=self.ben).exists()
        notification = Notification.objects.get()
        assert (notification.task, notification.unread) == (self.task, True)

    def test_by_their_own_clock(self) -> None:
        self.ben.time_zone = "Pacific/Kiritimati"  # UTC+14
        self.ben.save()
        remind("2026-04-30 18:59")
        assert self.titles() == []
        remind("2026-04-30 19:00")
        assert self.titles() == ["Task due today: Water"]
        task_create(by=self.ann, title="Sweep", assignee=self.zed, due_on=DAY)
        Preferences.objects.create(user=self.zed, time_zone="Pacific/Pago_Pago")  # UTC-11
        remind("2026-05-01 19:59")
        assert self.personal_titles(self.zed) == ["Task assigned to you: Sweep"]
        remind("2026-05-01 20:00")
        assert self.personal_titles(self.zed)[1:] == ["Task due today: Sweep"]

    def test_again_if_it_is_due_on_another_day(self) -> None:
        remind("2026-05-01 10:00")
        task_update(by=self.ann, task=self.task, due_on="2026-05-03")
        remind("2026-05-02 10:00")
        assert len(self.titles()) == 1
        remind("2026-05-03 10:00")
        assert self.titles() == ["Task due today: Water"] * 2

    def test_the_day_after_if_no_server_was_running_but_not_later(self) -> None:
        remind("2026-05-02 08:00")
        assert self.titles() == ["Task overdue: Water"]
        task_create(by=self.ann, title="Old", assignee=self.ben, due_on="2026-04-01")
        remind("2026-05-02 08:00")
        assert "Task overdue: Old" not in self.titles()

    def test_not_of_done_tasks_of_tasks_of_nobody_and_of_rooms_that_they_have_left(self) -> None:
        task_complete(by=self.ben, task=task_create(by=self.ann, title="Done", assignee=self.ben, due_on=DAY))
        task_create(by=self.ann, title="Nobody's", due_on=DAY)
        task_create(by=self.olga, title="Gone", assignee=self.ben, due_on=DAY, room=self.tea)
        member_remove(by=self.olga, room=self.tea, user=self.ben)
        remind("2026-05-01 10:00")
        assert not [title for title in self.titles() if title.startswith(("Task due", "Task overdue"))]

    def test_a_new_title_changes_the_reminder(self) -> None:
        remind("2026-05-01 10:00")
        task_update(by=self.ann, task=self.task, title="Water all")
        assert self.titles() == ["Task due today: Water all"]


class Together(TogetherCase):
    def test_several_processes_remind_once(self) -> None:
        ann, ben = (User.objects.create_user(name) for name in ("ann", "ben"))
        for number in range(5):
            task_create(by=ann, title=str(number), assignee=ben, due_on=datetime.now(UTC).date().isoformat())
        Task.objects.update(due_on=datetime.now(UTC).date())
        Notification.objects.all().delete()
        late = datetime.now(UTC).replace(hour=23, minute=59)
        with mock.patch("notifications.services.task_due_dates.timezone.now", return_value=late):
            assert self.together(*[due_tasks_remind] * 4) == [None] * 4
            due_tasks_remind()
        assert Notification.objects.filter(topic__owner=ben).count() == 5
