"""Migrations that convert rows, with rows as earlier versions wrote them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.apps import apps
from django.utils import timezone

from notifications.models import Notification, Task, Topic
from notifications.services.tasks import task_create
from notifications.services.topics import personal_topic_ids
from notifications.tests.support import NotificationCase
from notifications.wording import body_of, title_of
from rooms.models import Message, Room, User
from rooms.services.direct_rooms import direct_room_open
from rooms.services.messages import message_delete


class Kinds(NotificationCase):
    """0011 replaces sentences by kinds and parameters."""

    def setUp(self) -> None:
        super().setUp()
        self.direct, _ = direct_room_open(by=self.ann, people=[self.ben])
        self.seq = 0

    def old(
        self,
        title: str,
        payload: dict[str, Any] | None,
        *,
        body: str = "",
        room: Room | None = None,
        message: bool = False,
        task: Task | None = None,
        author: User | None = None,
        topic: Topic | None = None,
    ) -> Notification:
        self.seq += 1
        return Notification.objects.create(
            topic_id=topic.pk if topic else personal_topic_ids([self.ben.pk])[self.ben.pk],
            seq=self.seq,
            version=self.seq,
            title=title,
            body=body,
            payload=payload,
            author=author,
            created_at=timezone.now(),
            room=room,
            message_seq=1 if message else None,
            task=task,
        )

    def migrate(self) -> None:
        import_module("notifications.migrations.0011_kinds").store_kinds(apps, None)

    def assert_converted(self, old: Notification, **parameters: object) -> None:
        """Check that a notification reads as before, and has these parameters besides those that it had."""
        new = Notification.objects.select_related("topic__owner").get(pk=old.pk)
        assert (title_of(new), body_of(new)) == (old.title, old.body)
        assert new.title == ""
        assert new.payload == {**(old.payload or {}), "kind": new.kind, **parameters}
        assert (new.version, new.unread, new.author) == (old.version, old.unread, old.author)

    def about_message(self, kind: str, room: Room, user_name: str = "ann") -> dict[str, Any]:
        return {
            "payload": {"kind": kind, "room_name": room.name, "seq": 1, "user_name": user_name},
            "body": "Tea at four, *not* %(five)s.",
            "room": room,
            "message": True,
        }

    def test_notifications_about_messages(self) -> None:
        ann: dict[str, Any] = {"author": self.ann}
        mention = self.old("ann mentioned you in Tea", **self.about_message("mention", self.tea), **ann)
        room = self.old("ann mentioned everyone in Tea", **self.about_message("room_mention", self.tea), **ann)
        here = self.old(
            "ann mentioned everyone who is online in Tea", **self.about_message("here_mention", self.tea), **ann
        )
        reply = self.old("ann replied to you in Tea", **self.about_message("reply", self.tea), **ann)
        reminder = self.old("Reminder: ann in Tea", **self.about_message("reminder", self.tea))
        direct = self.old("ann mentioned you", **self.about_message("mention", self.direct), **ann)
        alone = self.old("Reminder: ann", **self.about_message("reminder", self.direct))
        guest = self.old("mole mentioned you in Tea", **self.about_message("mention", self.tea, "mole"))
        self.migrate()
        for one in (mention, room, here, reply, reminder):
            self.assert_converted(one, display_name="ann", room_title="Tea")
        for one in (direct, alone):
            self.assert_converted(one, display_name="ann")
        self.assert_converted(guest, display_name="mole", room_title="Tea")

    def test_names_that_have_changed_or_contain_the_words_of_the_sentence(self) -> None:
        renamed = self.old("Anna mentioned you in Old tea", **self.about_message("mention", self.tea))
        Room.objects.filter(pk=self.tea.pk).update(title="Made in Japan")
        room = self.old("Anna in Love replied to you in Made in Japan", **self.about_message("reply", self.tea))
        both = self.old("Reminder: Anna in Love in Made in Japan", **self.about_message("reminder", self.tea))
        User.objects.filter(pk=self.ann.pk).update(display_name="Ann in Rome")
        name = self.old("Reminder: Ann in Rome in Lost in Space", **self.about_message("reminder", self.tea))
        neither = self.old("Reminder: Anna in Lost in Space", **self.about_message("reminder", self.tea))
        self.migrate()
        self.assert_converted(renamed, display_name="Anna", room_title="Old tea")
        for one in (room, both):
            self.assert_converted(one, display_name="Anna in Love", room_title="Made in Japan")
        self.assert_converted(name, display_name="Ann in Rome", room_title="Lost in Space")
        self.assert_converted(neither, display_name="Anna", room_title="Lost in Space")

    def test_invitations_rooms_that_were_opened_and_scheduled_messages(self) -> None:
        invited: dict[str, Any] = {"payload": {"kind": "invitation", "room_name": "tea"}, "room": self.tea}
        by_mo = self.old("mo invited you to Tea", **invited, author=self.mo)
        by_nobody = self.old("Somebody invited you to Tea", **invited)
        by_deleted = self.old("Max invited you to Tea", **invited)
        opened = [
            self.old(
                f"square is now public: {who}",
                {"kind": "room_opened", "room_name": "square", "guests": guests},
                room=self.square,
                author=self.olga,
            )
            for guests, who in {
                "none": "everybody on this server can find it and read all of it",
                "read": "anybody can read all of it, without an account",
                "write": "anybody can read all of it and write in it, without an account",
            }.items()
        ]
        error = "This room is archived (read-only)."
        failed = self.old("Your scheduled message was not sent", {"kind": "scheduled_failed"}, body=error)
        self.migrate()
        self.assert_converted(by_mo, room_title="Tea", user_name="mo", display_name="mo")
        self.assert_converted(by_nobody, room_title="Tea")
        self.assert_converted(by_deleted, room_title="Tea", display_name="Max")
        for one in opened:
            self.assert_converted(one, room_title="square")
        self.assert_converted(failed, error=error)

    def test_tasks_also_on_their_topic(self) -> None:
        task = task_create(by=self.ann, title="Buy: 100 % milk", room=self.square)
        payload = {"task_id": task.pk, "room_name": "square"}
        starts = ("New task created", "Task assigned to you", "Task completed", "Task due today", "Task overdue")
        about: dict[str, Any] = {"task": task, "room": self.square, "author": self.ann}
        old = [self.old(f"{start}: Buy: 100 % milk", payload, **about) for start in starts]
        on_topic = self.old("New task created: Buy: 100 % milk", payload, **about, topic=self.tasks_topic)
        self.migrate()
        for one in [*old, on_topic]:
            self.assert_converted(one, task_title="Buy: 100 % milk")

    def test_what_was_published_and_what_is_not_understood_stay(self) -> None:
        mention = self.about_message("mention", self.tea)
        rows = [
            self.old("News", None),
            self.old("ann mentioned you in Tea", mention["payload"], body="by a program"),
            self.old("Somebody invited you to Tea", {"kind": "invitation", "room_name": "tea"}),
            self.old("Your scheduled message was not sent", {"kind": "backup"}),
            self.old("Something about Tea", **mention),
            self.old("About a task", {"task_id": 7}, task=task_create(by=self.ann, title="x")),
            self.old("New task created: x", {"task_id": 7}),
        ]
        deleted = self.old("", None)
        Notification.objects.filter(pk=deleted.pk).update(deleted_at=timezone.now())
        self.migrate()
        before = [(one.pk, "", one.title, one.body, one.payload) for one in [*rows, deleted]]
        assert list(self.bens().values_list("pk", "kind", "title", "body", "payload")) == before

    def test_many_and_again(self) -> None:
        migration = import_module("notifications.migrations.0011_kinds")
        for _ in range(migration.BATCH + 1):
            self.old("ann mentioned you in Tea", **self.about_message("mention", self.tea))
        self.migrate()
        once = list(self.bens().values("pk", "kind", "title", "payload"))
        self.migrate()
        assert list(self.bens().values("pk", "kind", "title", "payload")) == once
        assert {one["kind"] for one in once} == {"mention"}

    def bens(self) -> Any:
        return Notification.objects.filter(topic__owner=self.ben).exclude(kind="task_created").order_by("pk")


class TasksOfMessages(NotificationCase):
    """0007 has messages show the tasks that they have."""

    def test_open_done_and_no_tasks(self) -> None:
        for content in ("open", "done", "none", "deleted", "both"):
            self.say(content, by=self.ann)
        messages = {one.content: one for one in Message.objects.filter(room=self.tea)}
        for content in ("open", "open", "done", "deleted", "both", "both"):
            task_create(by=self.ann, title=content, message=messages[content])
        task_create(by=self.ann, title="of the room only", room=self.tea)
        done = {"state": "done", "completed_at": timezone.now()}
        Task.objects.filter(message=messages["done"]).update(**done)
        last = Task.objects.filter(message=messages["both"]).latest("pk")
        Task.objects.filter(pk=last.pk).update(**done)
        message_delete(by=self.ann, room=self.tea, seq=messages["deleted"].seq)
        versions = set(Message.objects.values_list("pk", "version"))
        Message.objects.update(open_tasks=None)
        import_module("notifications.migrations.0007_due_dates").count_at_messages(apps, None)
        shown = dict(Message.objects.filter(room=self.tea, deleted_at=None).values_list("content", "open_tasks"))
        assert shown == {"open": 2, "done": 0, "none": None, "both": 1}
        assert not Message.objects.exclude(deleted_at=None).filter(open_tasks__isnull=False).exists()
        assert set(Message.objects.values_list("pk", "version")) == versions
