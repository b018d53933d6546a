"""Tasks: who can do what with them, and who is notified on which topic."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from chatproject.realtime.delivery import publish
from chatproject.realtime.delivery.groups import CONTROL, watchers_group
from notifications.events import TASKS_CHANGED, topic_stream
from notifications.models import Notification, Task, Topic
from notifications.selectors import tasks as selectors
from notifications.selectors import topics
from notifications.services.task_notices import RENOTIFY_AFTER
from notifications.services.tasks import (
    task_assign,
    task_complete,
    task_create,
    task_delete,
    task_reopen,
    task_update,
)
from notifications.tests.support import NotificationCase, told
from notifications.wording import title_of
from rooms.errors import Conflict, InvalidField, MissingField, NotFound, TooLarge
from rooms.events import COUNTS, room_stream
from rooms.models import Message, Room, User
from rooms.services.direct_rooms import direct_room_open
from rooms.services.members import member_add, member_ban, member_remove
from rooms.services.messages import message_delete
from rooms.services.rooms import room_close, room_delete
from rooms.wire import message_wire


class Creating(NotificationCase):
    def test_a_new_task_is_announced_on_the_topic_of_tasks(self) -> None:
        def create() -> None:
            self.task = task_create(by=self.ann, title="Water the plants", room=self.square)

        (announcement,) = self.announced(create)
        topic = self.tasks_topic
        assert (announcement.key, announcement.version) == (topic_stream.key(topic.pk), topic.version)
        wire = orjson.loads(announcement.items[0][1])
        assert wire["title"] == "New task created: Water the plants"
        assert (wire["topic"], wire["user_name"]) == ("tasks", "ann")
        assert wire["payload"] == {
            "kind": "task_created",
            "task_id": self.task.pk,
            "task_title": "Water the plants",
            "room_name": "square",
        }
        assert self.personal_titles(self.ann) == []

    def test_a_title_of_maximum_length_is_not_truncated(self) -> None:
        task_create(by=self.ann, title="x" * 200)
        assert self.topic_titles("tasks") == ["New task created: " + "x" * 200]

    def test_a_task_of_a_private_or_direct_room_only_notifies_its_members(self) -> None:
        direct, _ = direct_room_open(by=self.ann, people=[self.zed])
        self.ben.is_active = False
        self.ben.save()
        task_create(by=self.ann, title="Secret", room=self.tea)
        task_create(by=self.zed, title="Between us", room=direct)
        assert self.topic_titles("tasks") == []
        assert self.personal_titles(self.olga) == self.personal_titles(self.mo) == ["New task created: Secret"]
        assert self.personal_titles(self.ann) == ["New task created: Secret", "New task created: Between us"]
        assert self.personal_titles(self.zed) == ["New task created: Between us"]
        assert self.personal_titles(self.ben) == self.personal_titles(self.sam) == []

    def test_notifying_members_takes_a_constant_number_of_queries(self) -> None:
        for user in (self.olga, self.mo, self.ann, self.ben):
            topics.get_topic_for(user, f"@{user.username}")
        with self.assertNumQueries(15):
            task_create(by=self.ann, title="Few", room=self.tea)
        for number in range(20):
            user = User.objects.create_user(f"user-{number}")
            member_add(by=self.olga, room=self.tea, user=user)
            topics.get_topic_for(user, f"@{user.username}")
        with self.assertNumQueries(15):
            task_create(by=self.ann, title="Many", room=self.tea)
        assert [title for _, title, _ in told()].count("New task created: Many") == 24

    def test_a_task_can_be_created_from_a_message(self) -> None:
        self.say("Somebody water the plants!")
        message = Message.objects.get()
        task = task_create(by=self.ben, title="Water", message=message)
        assert (task.room, task.message) == (self.tea, message)
        with pytest.raises(InvalidField, match="not in this room"):
            task_create(by=self.ben, title="Water", message=message, room=self.square)
        deleted = message_delete(by=self.ann, room=self.tea, seq=1)
        with pytest.raises(Conflict, match="deleted"):
            task_create(by=self.ben, title="Water", message=deleted)
        message.room.messages.all().delete()
        task.refresh_from_db()
        assert task.message is None

    def test_users_who_can_not_read_a_room_can_not_create_tasks_in_it(self) -> None:
        member_ban(by=self.olga, room=self.square, user=self.ben)
        for user, room in ((self.zed, self.tea), (self.ben, self.square)):
            with pytest.raises(NotFound, match=r"Room not found\."):
                task_create(by=user, title="PersonalTopic", room=room)
        room_close(by=self.olga, room=self.tea)
        with pytest.raises(Conflict, match="archived"):
            task_create(by=self.ann, title="Late", room=self.tea)
        assert not Task.objects.exists()
        assert not Notification.objects.exists()

    def test_invalid_texts_are_rejected(self) -> None:
        for title, error in ((None, MissingField), ("", InvalidField), ("x" * 201, InvalidField), ("\0", InvalidField)):
            with self.subTest(title=title), pytest.raises(error):
                task_create(by=self.ann, title=title)
        for description, refusal in ((5, InvalidField), ("x" * 8001, TooLarge), ("\0", InvalidField)):
            with self.subTest(description=description), pytest.raises(refusal):
                task_create(by=self.ann, title="Fine", description=description)

    def test_a_rolled_back_task_is_neither_stored_nor_announced(self) -> None:
        def fail() -> None:
            with transaction.atomic():
                task_create(by=self.ann, title="Lost")
                transaction.set_rollback(True)

        assert self.announced(fail) == []
        assert not Notification.objects.exists()


class AtMessages(NotificationCase):
    def setUp(self) -> None:
        super().setUp()
        self.say("Somebody water the plants!")
        self.message = Message.objects.get()

    def open_tasks(self) -> int | None:
        self.message.refresh_from_db()
        return self.message.open_tasks

    def test_a_message_changes_with_the_state_of_its_task(self) -> None:
        task = task_create(by=self.ben, title="Water", message=self.message)
        version = self.open_tasks() and self.message.version
        (announcement,) = self.announced(lambda: task_complete(by=self.ben, task=task))
        assert announcement.key == room_stream.key(self.tea.pk)
        assert (self.open_tasks(), self.message.version) == (0, (version or 0) + 1)
        assert orjson.loads(announcement.items[0][1])["open_tasks"] == 0

    def test_other_changes_of_a_task_do_not_change_the_message(self) -> None:
        task = task_create(by=self.ben, title="Water", message=self.message)
        self.open_tasks()
        version = self.message.version
        task_update(by=self.ben, task=task, title="Plants", due_on="2027-01-01", assignee=self.ben)
        assert (self.open_tasks(), self.message.version) == (1, version)

    def test_a_deleted_message_shows_no_tasks_and_keeps_its_place(self) -> None:
        task = task_create(by=self.ben, title="Water", message=self.message)
        deleted = message_delete(by=self.ann, room=self.tea, seq=1)
        assert "open_tasks" not in message_wire(deleted)
        done = task_complete(by=self.ben, task=task)
        assert done.message is not None
        assert (self.message.seq, self.open_tasks()) == (done.message.seq, 1)


class Announcing(NotificationCase):
    """The messages to other processes, which say nothing of a task but where it is."""

    def changes(self, action: Callable[[], object]) -> list[tuple[str, dict[str, Any]]]:
        messages = publish.channel_messages(self.published(action), None)
        return [(group, one) for group, found in messages if found["type"] == TASKS_CHANGED for one in found["changes"]]

    def test_a_task_is_announced_to_the_members_of_a_private_room_and_otherwise_to_all_but_the_banned(self) -> None:
        member_ban(by=self.olga, room=self.square, user=self.ben)
        for room, group, fields in (
            (self.tea, watchers_group(room_stream.key(self.tea.pk)), {"members_of": self.tea.pk}),
            (self.square, CONTROL, {"except": [self.ben.pk]}),
            (None, CONTROL, {"except": []}),
        ):
            (change,) = self.changes(lambda room=room: task_create(by=self.ann, title="Secret", room=room))  # type: ignore[misc]
            task = Task.objects.latest("pk")
            name = room.name if room else None
            assert change == (group, {"task_id": task.pk, "room_name": name, **fields})

    def test_assignees_get_the_number_of_their_open_tasks(self) -> None:
        task = task_create(by=self.ann, title="Water", room=self.tea, assignee=self.ben)
        task_create(by=self.ann, title="Sweep", assignee=self.ben)

        def counts(action: Callable[[], object]) -> dict[int, int]:
            messages = publish.channel_messages(self.published(action), None)
            found = [each for _, message in messages if message["type"] == COUNTS for each in message["counts"]]
            return {user_id: count for user_id, name, count in found if name == "open_tasks"}

        assert counts(lambda: task_assign(by=self.ann, task=task, assignee=self.mo)) == {self.ben.pk: 1, self.mo.pk: 1}
        assert counts(lambda: task_complete(by=self.mo, task=task)) == {self.mo.pk: 0}
        assert counts(lambda: task_delete(by=self.ann, task=task)) == {self.mo.pk: 0}
        assert self.changes(lambda: task_assign(by=self.ann, task=Task.objects.get(), assignee=self.ben)) == []

    def test_tasks_that_the_assignee_can_no_longer_read_do_not_count(self) -> None:
        for room in (self.tea, self.square):
            task_create(by=self.ann, title="x", room=room, assignee=self.ben)
        assert selectors.open_task_counts([self.ben.pk, self.zed.pk]) == {self.ben.pk: 2}
        member_remove(by=self.olga, room=self.tea, user=self.ben)
        assert selectors.open_task_counts([self.ben.pk]) == {self.ben.pk: 1}
        assert selectors.open_task_count(self.ben.pk) == 1


class Assigning(NotificationCase):
    def setUp(self) -> None:
        super().setUp()
        self.task = task_create(by=self.ann, title="Water", room=self.tea)
        Notification.objects.all().delete()

    def test_assignees_are_notified_unless_they_assigned_themselves(self) -> None:
        task_assign(by=self.ann, task=self.task, assignee=self.ben)
        task_assign(by=self.ann, task=self.task, assignee=self.ben)
        assert self.personal_titles(self.ben) == ["Task assigned to you: Water"]
        task_assign(by=self.mo, task=self.task, assignee=self.mo)
        assert self.personal_titles(self.mo) == []
        assert task_assign(by=self.mo, task=self.task, assignee=None).assignee is None

    def test_a_task_can_be_assigned_when_it_is_created(self) -> None:
        task_create(by=self.ann, title="Sweep", assignee=self.ben)
        task_create(by=self.ann, title="Mop", assignee=self.ann)
        assert self.personal_titles(self.ben) == ["Task assigned to you: Sweep"]
        assert self.personal_titles(self.ann) == []

    def test_assignees_must_be_able_to_read_the_task(self) -> None:
        inactive = User.objects.create_user("ina", is_active=False)
        for user in (self.zed, self.sam, inactive):
            with pytest.raises(Conflict, match="can't read"):
                task_assign(by=self.ann, task=self.task, assignee=user)
            with pytest.raises(Conflict, match="can't read"):
                task_create(by=self.ann, title="x", room=self.tea, assignee=user)
        with pytest.raises(Conflict, match="can't read"):
            task_create(by=self.ann, title="x", assignee=inactive)
        assert Task.objects.get().assignee is None

    def test_creators_are_notified_of_completion_unless_they_completed_it_themselves(self) -> None:
        done = task_complete(by=self.ben, task=self.task)
        assert (done.state, done.completed_by, done.completed_at is not None) == ("done", self.ben, True)
        assert task_complete(by=self.mo, task=self.task).completed_by == self.ben
        assert self.personal_titles(self.ann) == ["Task completed: Water"]
        again = task_reopen(by=self.ann, task=self.task)
        assert (again.state, again.completed_by, again.completed_at) == ("open", None, None)
        task_reopen(by=self.ann, task=self.task)
        task_complete(by=self.ann, task=self.task)
        assert self.personal_titles(self.ann) == ["Task completed: Water"]

    def test_creators_who_lost_access_to_the_room_are_not_notified(self) -> None:
        member_remove(by=self.olga, room=self.tea, user=self.ann)
        task_complete(by=self.ben, task=self.task)
        assert self.personal_titles(self.ann) == []

    def test_deleting_an_account_keeps_its_tasks(self) -> None:
        task_assign(by=self.ann, task=self.task, assignee=self.ben)
        task_complete(by=self.ben, task=self.task)
        for user in (self.ann, self.ben):
            user.delete()
        task = Task.objects.get()
        assert (task.state, task.created_by, task.assignee, task.completed_by) == ("done", None, None, None)
        assert task_complete(by=self.mo, task=task_reopen(by=self.mo, task=task)).state == "done"


class Rights(NotificationCase):
    def setUp(self) -> None:
        super().setUp()
        self.ours = task_create(by=self.ann, title="Ours", room=self.tea)
        self.public = task_create(by=self.ann, title="Public")

    def attempts(self, user: User | None, task: Task) -> list[Any]:
        return [
            lambda: task_update(by=user, task=task, title="Changed", description="More."),
            lambda: task_assign(by=user, task=task, assignee=self.olga),
            lambda: task_complete(by=user, task=task),
            lambda: task_reopen(by=user, task=task),
            lambda: task_delete(by=user, task=task),
        ]

    def test_users_find_the_tasks_that_they_can_read(self) -> None:
        square = task_create(by=self.zed, title="Square", room=self.square)
        member_ban(by=self.olga, room=self.square, user=self.ben)
        for user, tasks in (
            (self.ann, [square, self.public, self.ours]),
            (self.ben, [self.public, self.ours]),
            (self.zed, [square, self.public]),
            (self.sam, [square, self.public]),
        ):
            assert list(selectors.tasks_for(user)) == tasks
            for task in (self.ours, self.public, square):
                if task in tasks:
                    assert selectors.get_task_for(user, task.pk) == task
                else:
                    with pytest.raises(NotFound, match=str(selectors.NO_TASK)):
                        selectors.get_task_for(user, task.pk)
        for number in (0, -1, 2**63, 10**9):
            with pytest.raises(NotFound, match=str(selectors.NO_TASK)):
                selectors.get_task_for(self.ann, number)

    def test_users_who_can_not_read_a_task_can_do_nothing_with_it(self) -> None:
        member_remove(by=self.olga, room=self.tea, user=self.ann)  # the creator
        for user in (self.zed, self.ann):
            for attempt in self.attempts(user, self.ours):
                with pytest.raises(NotFound, match=str(selectors.NO_TASK)):
                    attempt()
        self.ours.refresh_from_db()
        assert (self.ours.title, self.ours.state, self.ours.assignee) == ("Ours", "open", None)

    def test_readers_can_complete_and_assign_a_task_until_it_is_assigned_but_not_change_or_delete_it(self) -> None:
        for user, task in ((self.ben, self.ours), (self.zed, self.public)):
            update, assign, complete, reopen, delete = self.attempts(user, task)
            for allowed in (complete, reopen, assign):
                for refused in (update, delete):
                    with pytest.raises(NotFound, match=str(selectors.NO_TASK)):
                        refused()
                allowed()
            for attempt in self.attempts(user, task):
                with pytest.raises(NotFound, match=str(selectors.NO_TASK)):
                    attempt()

    def test_assignees_can_do_everything_but_delete(self) -> None:
        task_assign(by=self.ann, task=self.ours, assignee=self.ben)
        *allowed, delete = self.attempts(self.ben, self.ours)
        with pytest.raises(NotFound, match=str(selectors.NO_TASK)):
            delete()
        for attempt in allowed:
            task_assign(by=self.ann, task=self.ours, assignee=self.ben)
            attempt()

    def test_creators_moderators_staff_and_the_installation_can_do_everything(self) -> None:
        for user in (self.ann, self.mo, self.olga, self.sam, None):
            task = task_create(by=self.ann, title="x", room=self.tea)
            for attempt in self.attempts(user, task):
                attempt()
            assert not Task.objects.filter(pk=task.pk).exists()

    def test_an_update_keeps_fields_that_are_not_given(self) -> None:
        task_update(by=self.ann, task=self.public, description="Water, too.")
        task = task_update(by=self.ann, task=self.public, title="Plants")
        assert (task.title, task.description) == ("Plants", "Water, too.")
        for wrong in ({"title": " "}, {"description": 5}):
            with pytest.raises(InvalidField):
                task_update(by=self.ann, task=self.public, **wrong)

    def test_a_task_deleted_in_the_meantime_is_not_found(self) -> None:
        stale = Task.objects.get(pk=self.public.pk)
        task_delete(by=self.ann, task=self.public)
        for attempt in self.attempts(self.ann, stale):
            with pytest.raises(NotFound, match=str(selectors.NO_TASK)):
                attempt()

    def test_deleting_a_room_deletes_its_tasks(self) -> None:
        room_delete(by=self.olga, room=Room.objects.get(pk=self.tea.pk))
        assert list(Task.objects.all()) == [self.public]

    def test_the_database_rejects_inconsistent_states(self) -> None:
        for wrong in ({"state": "done"}, {"completed_by": self.ann}, {"title": ""}, {"state": "lost"}):
            with self.subTest(wrong=wrong), pytest.raises(IntegrityError), transaction.atomic():
                Task.objects.create(**{"title": "x", **wrong})


class PersonalTopic(NotificationCase):
    def test_notifications_of_a_user_are_those_on_their_personal_topic(self) -> None:
        task_create(by=self.ann, title="Sweep", assignee=self.ben)
        assert [title_of(row) for row in topics.notifications_of(self.ben)] == ["Task assigned to you: Sweep"]
        assert topics.notifications_of(self.ben, before=1) == []
        assert topics.notifications_of(self.ann) == []
        assert Topic.objects.filter(owner=self.ann).exists()


class Repetitions(NotificationCase):
    def test_repeated_changes_of_a_task_notify_once_an_hour(self) -> None:
        task = task_create(by=self.ann, title="Ping")
        for number in range(5):
            task_update(by=self.ann, task=task, title=f"Ping {number}")
            task_assign(by=self.ann, task=task, assignee=self.ben)
            task_assign(by=self.ann, task=task, assignee=None)
            task_complete(by=self.ben, task=task)
            task_reopen(by=self.ben, task=task)
        assert self.personal_titles(self.ben) == ["Task assigned to you: Ping 4"]
        assert self.personal_titles(self.ann) == ["Task completed: Ping 4"]
        task_assign(by=None, task=task, assignee=self.ann)  # something else about the same task
        assert self.personal_titles(self.ann)[1:] == ["Task assigned to you: Ping 4"]
        Notification.objects.update(created_at=timezone.now() - RENOTIFY_AFTER)
        task_assign(by=self.ann, task=task, assignee=self.ben)
        task_assign(by=self.ann, task=task, assignee=self.zed)
        assert (len(self.personal_titles(self.ben)), self.personal_titles(self.zed)) == (
            2,
            ["Task assigned to you: Ping 4"],
        )
