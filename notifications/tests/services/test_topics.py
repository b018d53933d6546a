"""Topics: who can read them and publish to them, and how notifications are numbered and announced."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from chatproject.realtime.delivery.source import GUEST
from notifications.events import topic_stream
from notifications.models import Notification, Topic
from notifications.selectors import topics as selectors
from notifications.services.posting import (
    NewNotification,
    notification_publish,
    notifications_post,
    notify_people,
    notify_person,
)
from notifications.services.topics import topic_create, topic_delete, topic_update
from notifications.tests.support import NotificationCase
from notifications.wire import notification_wire
from rooms.errors import Conflict, InvalidField, MissingField, NotFound, TooLarge
from rooms.models import User


class WithTopics(NotificationCase):
    """One topic of each kind: `all` for everyone, `people` where users can publish, and `inner` for staff."""

    everyone: Topic
    people: Topic
    inner: Topic

    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        cls.everyone = topic_create(by=cls.sam, name="all", subscribers="everyone")
        cls.people = topic_create(by=cls.sam, name="people", publishers="users")
        cls.inner = topic_create(by=cls.sam, name="inner", subscribers="staff", publishers="users")

    def publish(self, topic: Topic, title: object = "News", by: User | None = None, **more: Any) -> Notification:
        return notification_publish(by=by or self.sam, topic=topic, title=title, **more)


class Reading(WithTopics):
    def test_users_find_the_topics_that_they_can_read(self) -> None:
        inactive = User.objects.create_user("ina", is_active=False, is_staff=True)
        expected: list[tuple[User | AnonymousUser, list[str]]] = [
            (AnonymousUser(), ["all"]),
            (inactive, ["all"]),
            (self.ann, ["all", "people", "tasks"]),
            (self.sam, ["all", "inner", "people", "tasks"]),
        ]
        for user, names in expected:
            assert [topic.name for topic in selectors.topics_for(user)] == names
            for name in ("all", "inner", "people", "tasks"):
                if name in names:
                    assert selectors.get_topic_for(user, name).name == name
                else:
                    with pytest.raises(NotFound, match=str(selectors.NO_TOPIC)):
                        selectors.get_topic_for(user, name)

    def test_a_personal_topic_is_created_on_demand_and_only_its_owner_can_read_it(self) -> None:
        topic = selectors.get_topic_for(self.ann, "@ann")
        assert (topic.owner, topic.shown_name) == (self.ann, "@ann")
        assert selectors.get_topic_for(self.ann, "@ANN") == topic
        for user in (self.ben, self.sam, AnonymousUser()):
            for name in ("@ann", "@nobody", "@", "@\0", "\0", ""):
                with pytest.raises(NotFound, match=str(selectors.NO_TOPIC)):
                    selectors.get_topic_for(user, name)
        assert not selectors.topics_for(self.ann).filter(pk=topic.pk).exists()

    def test_readers_are_the_users_who_can_subscribe(self) -> None:
        self.ben.is_active = False
        self.ben.save()
        own = selectors.get_topic_for(self.ann, "@ann")
        asked = {GUEST, self.ann.pk, self.ben.pk, self.sam.pk, 10**9}
        for topic, readers in (
            (self.everyone, {GUEST, self.ann.pk, self.sam.pk}),
            (self.people, {self.ann.pk, self.sam.pk}),
            (self.inner, {self.sam.pk}),
            (own, {self.ann.pk}),
        ):
            assert selectors.readers_among(topic, asked) == readers
        assert selectors.readers_among(self.everyone, {self.ann.pk}) == {self.ann.pk}

    def test_pages_in_both_directions_and_changes_since_a_version(self) -> None:
        for number in range(1, 6):
            self.publish(self.people, f"n{number}")
        topic_update(by=self.sam, topic=self.people, title="People")
        self.publish(self.people, "n6")
        topic = Topic.objects.get(pk=self.people.pk)

        def seqs(rows: list[Notification]) -> list[int]:
            return [row.seq for row in rows]

        assert seqs(selectors.recent_notifications(topic, limit=2)) == [5, 6]
        assert seqs(selectors.recent_notifications(topic, before=5, limit=2)) == [3, 4]
        assert seqs(selectors.notifications_after(topic, after=2, limit=3)) == [3, 4, 5]
        assert seqs(selectors.changes_since(topic, version=5, limit=9)) == [6]
        assert (topic.version, topic.last_seq) == (7, 6)


class Publishing(WithTopics):
    def test_who_can_publish_to_which_topic(self) -> None:
        own = selectors.get_topic_for(self.ann, "@ann")
        allowed = [
            (self.sam, self.everyone),
            (self.sam, self.people),
            (self.sam, self.inner),
            (self.sam, own),
            (self.ann, self.people),
        ]
        for user, topic in allowed:
            assert self.publish(topic, by=user).author == user
        for user, topic in ((self.ann, self.everyone), (self.ann, own)):
            with pytest.raises(NotFound, match=r"You can read this topic, but you can't publish on it\."):
                self.publish(topic, by=user)
        inactive = User.objects.create_user("ina", is_active=False, is_staff=True)
        for user, topic in ((self.ann, self.inner), (self.ben, own), (inactive, self.people)):
            with pytest.raises(NotFound, match=str(selectors.NO_TOPIC)):
                self.publish(topic, by=user)
        assert Notification.objects.count() == len(allowed)

    def test_staff_can_publish_to_personal_topics_which_others_do_not_find(self) -> None:
        topic = selectors.get_topic_to_publish(self.sam, "@Ann")
        assert topic.owner == self.ann
        self.publish(topic, "Hello Ann")
        assert self.personal_titles(self.ann) == ["Hello Ann"]
        for user, name in ((self.ben, "@ann"), (self.sam, "@nobody"), (self.ann, "inner")):
            with pytest.raises(NotFound, match=str(selectors.NO_TOPIC)):
                selectors.get_topic_to_publish(user, name)

    def test_notifications_are_numbered_and_announced_once_per_topic(self) -> None:
        batch = [NewNotification(topic.pk, "x") for topic in (self.people, self.everyone, self.people)]
        announcements = self.announced(lambda: notifications_post(batch))
        assert [(a.key, a.after, a.version, len(a.items)) for a in announcements] == [
            (topic_stream.key(self.people.pk), 0, 2, 2),
            (topic_stream.key(self.everyone.pk), 0, 1, 1),
        ]
        rows = Notification.objects.order_by("topic", "seq").values_list("topic", "seq", "version")
        assert set(rows) == {(self.everyone.pk, 1, 1), (self.people.pk, 1, 1), (self.people.pk, 2, 2)}

    def test_announced_notifications_equal_those_in_history(self) -> None:
        payload = {"n": 1e30, "deep": [{"ü": None, "nul": "\\u0000"}], "half": 0.5, "big": 2**63}
        (announcement,) = self.announced(
            lambda: self.publish(self.people, "News", body="More.", payload=payload, by=self.ann)
        )
        ((version, live),) = announcement.items
        changes = topic_stream.changes_since(self.people.pk, 0, 10, {self.ann.pk, GUEST})
        assert changes is not None
        assert [(number, orjson.loads(item)) for number, item in changes.items] == [(version, orjson.loads(live))]
        assert changes.readable == {self.ann.pk}
        wire = notification_wire(selectors.recent_notifications(Topic.objects.get(pk=self.people.pk))[0])
        assert wire == orjson.loads(live)
        assert (
            wire.items() >= {"topic": "people", "seq": 1, "version": 1, "user_name": "ann", "payload": payload}.items()
        )

    def test_a_rolled_back_notification_is_not_announced(self) -> None:
        def fail() -> None:
            with transaction.atomic():
                self.publish(self.people)
                transaction.set_rollback(True)

        assert self.announced(fail) == []

    def test_deleting_an_author_keeps_their_notifications(self) -> None:
        self.publish(self.people, by=self.ann)
        self.ann.delete()
        (row,) = selectors.recent_notifications(self.people)
        assert "user_name" not in notification_wire(row)

    def test_a_topic_deleted_in_the_meantime_is_not_found(self) -> None:
        stale = Topic.objects.get(pk=self.people.pk)
        topic_delete(by=self.sam, topic=self.people)
        for user in (self.ann, self.sam):
            with pytest.raises(NotFound, match=str(selectors.NO_TOPIC)):
                self.publish(stale, by=user)
        assert notifications_post([NewNotification(stale.pk, "x")]) == []

    def test_notifying_users_on_their_personal_topics_takes_a_constant_number_of_queries(self) -> None:
        few = [self.ann.pk, self.ben.pk]
        many = [*few, *(User.objects.create_user(f"user-{number}").pk for number in range(20))]
        notify_people(user_ids=many, title="Made")
        for people in (few, many):
            with self.assertNumQueries(10):
                notify_people(user_ids=people, title="Hello", by=self.sam)
        notify_person(user=self.zed, title="Hi", payload={"a": 1})
        assert (self.personal_titles(self.ann), self.personal_titles(self.zed)) == (["Made", "Hello", "Hello"], ["Hi"])


class Contents(WithTopics):
    def test_a_missing_title_is_reported(self) -> None:
        with pytest.raises(MissingField, match="title not in message dict"):
            self.publish(self.people, None)

    def test_invalid_texts_and_payloads_are_rejected(self) -> None:
        deep: Any = []
        for _ in range(300):
            deep = [deep]
        titles: list[Any] = [7, True, ["x"], "", " \n", "nul\0", "half \ud800", "x" * 201]
        bodies: list[Any] = [7, ["x"], "nul\0", "\udfff"]
        payloads: list[Any] = [7, "x", [], {"a": "\0"}, {"a\0": 1}, {"a": "\\\0"}, {"a": {1, 2}}, {"a": 2**70}]
        payloads += [{"a": "\ud800"}, {1: "x"}, {"a": deep}]
        for wrong in (
            *({"title": title} for title in titles),
            *({"body": body} for body in bodies),
            *({"payload": payload} for payload in payloads),
        ):
            with self.subTest(wrong=wrong), pytest.raises(InvalidField):
                self.publish(self.people, **wrong)
        for large in ({"body": "x" * 8001}, {"payload": {"a": "x" * 16384}}):
            with pytest.raises(TooLarge):
                self.publish(self.people, **large)
        assert not Notification.objects.exists()

    def test_texts_of_maximum_length_are_accepted(self) -> None:
        row = self.publish(self.people, "😀" * 200, body="😀" * 8000, payload={"a": "x" * 16376})
        row.refresh_from_db()
        assert (len(row.title), len(row.body), len((row.payload or {})["a"])) == (200, 8000, 16376)


class Managing(WithTopics):
    def test_only_staff_can_manage_topics(self) -> None:
        for refused in (
            lambda: topic_create(by=self.ann, name="mine"),
            lambda: topic_update(by=self.ann, topic=self.people, title="Mine"),
            lambda: topic_delete(by=self.ann, topic=self.people),
        ):
            with pytest.raises(NotFound, match=str(selectors.NO_TOPIC)):
                refused()

    def test_names_must_be_valid_and_unique(self) -> None:
        for name in ("", "Big", "a b", "@ann", "x" * 65, "a\n", "ä"):
            with self.subTest(name=name), pytest.raises(InvalidField):
                topic_create(by=self.sam, name=name)
        for wrong in ({"subscribers": "nobody"}, {"publishers": "everyone"}, {"title": "x" * 121}, {"title": "\0"}):
            with self.subTest(wrong=wrong), pytest.raises(InvalidField):
                topic_create(by=self.sam, name="fine", **wrong)
        with pytest.raises(Conflict):
            topic_create(by=self.sam, name="people")

    def test_an_update_is_announced_as_a_change_of_the_topic_itself(self) -> None:
        (announcement,) = self.announced(lambda: topic_update(by=self.sam, topic=self.people, subscribers="staff"))
        assert (announcement.after, announcement.version, announcement.changed) == (0, 1, True)
        changes = topic_stream.changes_since(self.people.pk, 0, 10, {self.ann.pk, self.sam.pk})
        assert changes is not None
        assert (changes.version, changes.items, changes.readable) == (1, [], {self.sam.pk})
        assert changes.properties is not None
        assert changes.properties["subscribers"] == "staff"

    def test_a_deletion_is_announced_and_the_stream_does_not_exist_any_more(self) -> None:
        (announcement,) = self.announced(lambda: topic_delete(by=self.sam, topic=self.people))
        assert (announcement.key, announcement.version, announcement.changed) == (
            topic_stream.key(self.people.pk),
            1,
            True,
        )
        source = topic_stream
        assert source.versions([self.people.pk, self.everyone.pk]) == {self.everyone.pk: 0}
        assert source.changes_since(self.people.pk, 0, 10, set()) is None

    def test_personal_topics_and_the_topic_of_tasks_can_not_be_deleted(self) -> None:
        own = selectors.get_topic_for(self.ann, "@ann")
        for refused in (
            lambda: topic_update(by=self.sam, topic=own, title="x"),
            lambda: topic_delete(by=self.sam, topic=own),
            lambda: topic_delete(by=self.sam, topic=self.tasks_topic),
        ):
            with pytest.raises(Conflict):
                refused()

    def test_the_database_requires_either_a_name_or_an_owner(self) -> None:
        for wrong in ({}, {"name": "x", "owner": self.ann}, {"name": "Big"}, {"name": "x", "subscribers": "y"}):
            with self.subTest(wrong=wrong), pytest.raises(IntegrityError), transaction.atomic():
                Topic.objects.create(**wrong)
