"""Concurrent writes to the same topics, users and tasks."""

from __future__ import annotations

from notifications.models import Notification, Task, Topic
from notifications.services.posting import NewNotification, notifications_post, notify_people
from notifications.services.tasks import task_complete, task_create
from rooms.models import User
from rooms.tests.support.concurrency import TogetherCase


class Concurrently(TogetherCase):
    def test_batches_on_the_same_topics_do_not_deadlock(self) -> None:
        one, two = (Topic.objects.create(name=name).pk for name in ("one", "two"))

        def post(*topic_ids: int) -> None:
            for _ in range(5):
                notifications_post([NewNotification(topic_id, "x") for topic_id in topic_ids])

        results = self.together(*[lambda: post(one, two), lambda: post(two, one)] * 3)
        assert results == [None] * 6
        for topic_id in (one, two):
            rows = list(Notification.objects.filter(topic=topic_id).order_by("pk").values_list("seq", "version"))
            assert rows == [(number, number) for number in range(1, 31)]
            assert Topic.objects.get(pk=topic_id).version == 30

    def test_users_notified_for_the_first_time_concurrently_get_one_topic_each(self) -> None:
        people = [User.objects.create_user(f"user-{number}").pk for number in range(4)]
        results = self.together(*[lambda: notify_people(user_ids=people, title="x")] * 4)
        assert results == [None] * 4
        assert sorted(Topic.objects.filter(owner__in=people).values_list("owner", "version")) == [
            (person, 4) for person in people
        ]

    def test_completing_a_task_twice_at_the_same_time_notifies_once(self) -> None:
        ann, ben, zed = (User.objects.create_user(name) for name in ("ann", "ben", "zed"))
        task = task_create(by=ann, title="Water")
        self.together(lambda: task_complete(by=ben, task=task), lambda: task_complete(by=zed, task=task))
        assert Task.objects.get().completed_by in {ben, zed}
        assert Notification.objects.filter(topic__owner=ann).count() == 1
