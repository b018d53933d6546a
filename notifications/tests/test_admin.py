"""The admin of topics, notifications and tasks: lists, and changes that reach subscribers live."""

from __future__ import annotations

from typing import Any

from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from notifications.events import topic_stream
from notifications.models import Notification, Task, Topic
from notifications.selectors import topics as selectors
from notifications.services.posting import notification_publish, notify_person
from notifications.services.tasks import task_create
from notifications.services.topics import topic_create
from notifications.tests.support import NotificationCase
from rooms.models import User

MODELS = ("topic", "notification", "task")


class AdminCase(NotificationCase):
    """Ada is the admin."""

    ada: User

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.ada = User.objects.create_superuser("ada")

    def setUp(self) -> None:
        super().setUp()
        self.client.force_login(self.ada)

    def page(self, name: str, *args: Any) -> str:
        return reverse(f"admin:notifications_{name}", args=args)

    def run_action(self, model: str, action: str, *ids: int) -> Any:
        """Run an action of a list, including its confirmation."""
        body = {"action": action, "_selected_action": ids, "post": "yes"}
        return self.client.post(self.page(f"{model}_changelist"), body)

    def sentences(self, response: Any) -> list[str]:
        return [str(message) for message in get_messages(response.wsgi_request)]

    def open_lists(self) -> list[int]:
        """The number of queries of each list."""
        counted = []
        for model in MODELS:
            with CaptureQueriesContext(connection) as queries:
                assert self.client.get(self.page(f"{model}_changelist")).status_code == 200
            counted.append(len(queries))
        return counted


class ListTests(AdminCase):
    def test_every_list_can_be_searched_and_filtered(self) -> None:
        task_create(by=self.ann, title="Water", room=self.tea, assignee=self.ben)
        for model in MODELS:
            response = self.client.get(self.page(f"{model}_changelist"), {"q": "ben"})
            assert response.context["cl"].result_count >= 1, model
        for model, query, count in (
            ("topic", "owner__isempty=1", 1),
            ("notification", "topic__owner__isempty=1", 0),
            ("task", "state=open&assignee__isempty=0", 1),
        ):
            response = self.client.get(f"{self.page(f'{model}_changelist')}?{query}")
            assert response.context["cl"].result_count == count, model

    def test_lists_take_a_constant_number_of_queries(self) -> None:
        task_create(by=self.ann, title="Water", room=self.tea, assignee=self.ben)
        before = self.open_lists()
        for number in range(10):
            user = User.objects.create_user(f"user-{number}")
            task_create(by=user, title="x", room=self.square, assignee=user)
            notify_person(user=user, title="x", by=user)
        assert self.open_lists() == before

    def test_user_text_is_escaped_in_the_admin(self) -> None:
        bad = "<script>alert(1)</script><img src=x onerror=alert(1)>"
        task = task_create(by=self.ann, title=bad, description=bad)
        topic = topic_create(by=self.sam, name="bad", title=bad, description=bad)
        row = notification_publish(by=self.sam, topic=topic, title=bad, body=bad, payload={bad: bad})
        for url in (
            *(self.page(f"{model}_changelist") for model in MODELS),
            self.page("task_change", task.pk),
            self.page("task_delete", task.pk),
            self.page("topic_change", topic.pk),
            self.page("notification_change", row.pk),
        ):
            response = self.client.get(url)
            assert response.status_code == 200, url
            text = response.content.decode()
            assert "<script>alert" not in text
            assert "<img src=x" not in text


class TopicTests(AdminCase):
    FORM = {"title": "Deploys", "description": "", "subscribers": "users", "publishers": "staff"}

    def test_creating_changing_and_deleting_a_topic_notifies_its_readers(self) -> None:
        self.client.post(self.page("topic_add"), {**self.FORM, "name": "deploys"})
        topic = Topic.objects.get(name="deploys")
        assert (topic.title, topic.owner) == ("Deploys", None)
        body = {**self.FORM, "name": "other", "subscribers": "staff", "version": 99}
        (announcement,) = self.announced(lambda: self.client.post(self.page("topic_change", topic.pk), body))
        topic.refresh_from_db()
        assert (announcement.key, announcement.changed) == (topic_stream.key(topic.pk), True)
        assert (topic.name, topic.subscribers, topic.version) == ("deploys", "staff", 1)
        notification_publish(by=self.ada, topic=topic, title="x")
        self.assertContains(self.client.get(self.page("topic_delete", topic.pk)), "<li>Notifications: 1</li>")
        (announcement,) = self.announced(lambda: self.run_action("topic", "delete_selected", topic.pk))
        assert announcement.key == topic_stream.key(topic.pk)
        assert not Topic.objects.filter(pk=topic.pk).exists()

    def test_topics_that_must_stay_are_not_deleted(self) -> None:
        own = selectors.get_topic_for(self.ann, "@ann")
        assert self.client.post(self.page("topic_change", own.pk), self.FORM).status_code == 403
        self.assertContains(self.client.get(self.page("topic_change", own.pk)), "@ann")
        for topic, sentence in (
            (own, "A personal topic can't be changed or deleted."),
            (self.tasks_topic, "New tasks are announced on this topic; it can't be deleted."),
        ):
            response = self.client.post(self.page("topic_delete", topic.pk), {"post": "yes"})
            assert self.sentences(response)[-1] == sentence
        assert Topic.objects.count() == 2

    def test_invalid_values_are_reported_in_the_form(self) -> None:
        for name in ("", "Big Name", "tasks", "@ann"):
            assert self.client.post(self.page("topic_add"), {**self.FORM, "name": name}).status_code == 200
        assert Topic.objects.count() == 1


class NotificationTests(AdminCase):
    def test_adding_a_notification_publishes_it(self) -> None:
        body = {"topic": self.tasks_topic.pk, "title": "News", "body": "More.", "payload": '{"a": 1}'}
        (announcement,) = self.announced(lambda: self.client.post(self.page("notification_add"), body))
        row = Notification.objects.get()
        assert (announcement.version, row.author, row.payload) == (1, self.ada, {"a": 1})
        response = self.client.post(self.page("notification_add"), {**body, "payload": "[1]"})
        assert self.sentences(response)[-1] == "payload must be a JSON object."
        assert self.client.post(self.page("notification_add"), {**body, "payload": "{"}).status_code == 200
        assert Notification.objects.count() == 1

    def test_notifications_can_not_be_changed_or_deleted(self) -> None:
        row = notification_publish(by=self.sam, topic=self.tasks_topic, title="News")
        assert self.client.post(self.page("notification_change", row.pk), {"title": "Other"}).status_code == 403
        assert self.client.post(self.page("notification_delete", row.pk), {"post": "yes"}).status_code == 403
        self.run_action("notification", "delete_selected", row.pk)
        row.refresh_from_db()
        assert row.title == "News"

    def test_deleting_an_account_deletes_its_topic(self) -> None:
        notify_person(user=self.ann, title="Hello")
        page = reverse("admin:rooms_user_delete", args=[self.ann.pk])
        assert self.client.post(page, {"post": "yes"}).status_code == 302
        assert not Topic.objects.filter(owner_id=self.ann.pk).exists()
        assert not User.objects.filter(username="ann").exists()


class TaskTests(AdminCase):
    def test_a_task_created_in_the_admin_is_announced_to_all(self) -> None:
        body = {"title": "Water", "description": "", "assignee": self.ben.pk, "room": ""}
        announcements = self.announced(lambda: self.client.post(self.page("task_add"), body))
        task = Task.objects.get()
        assert (task.created_by, task.assignee, task.state) == (self.ada, self.ben, "open")
        assert len(announcements) == 2
        assert self.topic_titles("tasks") == ["New task created: Water"]
        assert self.personal_titles(self.ben) == ["Task assigned to you: Water"]

    def test_changes_notify_the_people_concerned(self) -> None:
        task = task_create(by=self.ann, title="Water", room=self.tea)
        url = self.page("task_change", task.pk)
        body = {"title": "Plants", "description": "All.", "assignee": self.ben.pk, "room": self.square.pk}
        body["due_on"] = "2027-05-01"
        *renamed, announcement = self.announced(lambda: self.client.post(url, body))
        task.refresh_from_db()
        assert (task.title, task.description, task.assignee, task.room) == ("Plants", "All.", self.ben, self.tea)
        assert str(task.due_on) == "2027-05-01"
        assert announcement.key == topic_stream.key(Topic.objects.get(owner=self.ben).pk)
        assert len(renamed) == 4
        assert self.personal_titles(self.ben) == ["New task created: Plants", "Task assigned to you: Plants"]
        response = self.client.post(url, {**body, "assignee": self.zed.pk})
        assert self.sentences(response)[-1] == "assignee: This person can't read the task."
        assert Task.objects.get().assignee == self.ben

    def test_tasks_are_completed_reopened_and_deleted(self) -> None:
        task = task_create(by=self.ann, title="Water")
        (announcement,) = self.announced(lambda: self.run_action("task", "complete_tasks", task.pk))
        task.refresh_from_db()
        assert (task.state, task.completed_by) == ("done", self.ada)
        assert self.personal_titles(self.ann) == ["Task completed: Water"]
        assert announcement.key == topic_stream.key(Topic.objects.get(owner=self.ann).pk)
        self.run_action("task", "reopen_tasks", task.pk)
        task.refresh_from_db()
        assert task.state == "open"
        self.run_action("task", "delete_selected", task.pk)
        assert not Task.objects.exists()
