"""Notifications are updated and withdrawn together with what they are about."""

from __future__ import annotations

from typing import Any

import orjson
from django.test import TransactionTestCase

from notifications.models import Notification, Topic
from notifications.services.tasks import task_create, task_delete, task_update
from notifications.tests.support import NotificationCase
from rooms.models import Room, User
from rooms.services.invitations import invitation_accept, invitation_create, invitation_decline, invitation_withdraw
from rooms.services.members import member_ban, member_join, member_leave, member_remove, member_unban
from rooms.services.mention_notices import mentions_notify
from rooms.services.messages import message_delete, message_edit
from rooms.services.posting import NewMessage, Posted, message_post, messages_post
from rooms.services.reactions import reaction_add
from rooms.services.rooms import room_create, room_delete, room_update
from rooms.tests.services.test_mentions import let_time_pass
from rooms.tests.support.concurrency import TogetherCase


class Withdrawal(NotificationCase):
    def mention_ben(self, content: str, reply_to: int | None = None, room: Room | None = None) -> int:
        """Post a message of Ann that mentions Ben, notify him, and return its seq."""
        posted = message_post(by=self.ann, room=room or self.tea, content=content, reply_to=reply_to)
        let_time_pass()
        mentions_notify()
        return posted.message.seq

    def read(self, user: User, query: str = "") -> list[dict[str, Any]]:
        """Return the notifications on a user's topic from the REST API."""
        path = f"topics/@{user.username}/notifications/{query}"
        found: list[dict[str, Any]] = self.ok("GET", path, by=user)["notifications"]
        return found

    def assert_tombstone(self, notification: dict[str, Any]) -> None:
        """Check that the notification has no content any more."""
        said = (notification["title"], notification["body"], notification["payload"], notification.get("deleted"))
        self.assertEqual(said, ("", "", None, True))

    def test_an_edit_updates_the_notification_with_the_next_version(self) -> None:
        seq = self.mention_ben("@ben the code is 4711")
        (before,) = self.read(self.ben)

        def edit() -> None:
            message_edit(by=self.ann, room=self.tea, seq=seq, content="@ben (withdrawn)")

        topic = Topic.objects.get(owner=self.ben)
        (announcement,) = (one for one in self.announced(edit) if one.key == ("topic", topic.pk))
        (after,) = self.read(self.ben)
        self.assertEqual(after, before | {"body": "@ben (withdrawn)", "version": 2})
        self.assertEqual(self.read(self.ben, "?since=1"), [after])
        self.assertEqual((announcement.after, announcement.version, announcement.stale), (1, 2, 1))
        self.assertEqual([orjson.loads(item) for _, item in announcement.items], [after])

    def test_an_edit_that_changes_or_removes_the_mention_updates_or_withdraws_the_notification(self) -> None:
        self.say("a question", by=self.ben)
        seq = self.mention_ben("@ben the answer", reply_to=1)
        message_edit(by=self.ann, room=self.tea, seq=seq, content="an answer")
        (notification,) = self.read(self.ben)
        self.assertEqual(
            (notification["title"], notification["payload"]["kind"]), ("ann replied to you in Tea", "reply")
        )
        seq = self.mention_ben("@ben the code is 4711")
        message_edit(by=self.ann, room=self.tea, seq=seq, content="the code is secret")
        self.assert_tombstone(self.read(self.ben)[-1])

    def test_a_deletion_leaves_a_tombstone_without_text(self) -> None:
        self.say("a question", by=self.ben)
        seqs = [self.mention_ben("@ben the code is 4711"), self.mention_ben("4712", reply_to=1)]
        message_delete(by=self.ann, room=self.tea, seq=seqs[0])
        message_delete(by=self.mo, room=self.tea, seq=seqs[1])
        notifications = self.read(self.ben)
        for notification in notifications:
            self.assert_tombstone(notification)
        self.assertEqual([(one["seq"], one["version"]) for one in notifications], [(1, 3), (2, 4)])
        self.assertFalse(Notification.objects.filter(room__isnull=False).exists())

    def test_changes_besides_the_text_of_a_message_change_no_notification(self) -> None:
        seq = self.mention_ben("@ben hello")
        reaction_add(by=self.ben, room=self.tea, seq=seq, emoji="👍")
        self.assertEqual([one["version"] for one in self.read(self.ben)], [1])

    def test_notifications_are_withdrawn_from_users_who_lose_access_to_the_room(self) -> None:
        self.mention_ben("@ben @mo the code is 4711")
        task_create(by=self.ann, title="Hide 4711", room=self.tea)
        member_remove(by=self.olga, room=self.tea, user=self.ben)
        member_ban(by=self.olga, room=self.tea, user=self.mo)
        member_leave(user=self.ann, room=self.tea)
        for user, count in ((self.ben, 2), (self.mo, 2), (self.ann, 1)):
            notifications = self.read(user)
            self.assertEqual(len(notifications), count)
            for notification in notifications:
                self.assert_tombstone(notification)
        self.assertEqual(self.personal_titles(self.olga), ["New task created: Hide 4711"])

    def test_former_members_of_an_open_room_keep_their_notifications_and_banned_users_do_not(self) -> None:
        member_join(user=self.ben, room=self.square)
        member_join(user=self.ann, room=self.square)
        self.mention_ben("@ben hello", room=self.square)
        member_leave(user=self.ben, room=self.square)
        self.assertEqual(self.personal_titles(self.ben), ["ann mentioned you in square"])
        member_ban(by=self.olga, room=self.square, user=self.ben)
        self.assertEqual(self.personal_titles(self.ben), [""])

    def test_notifications_about_tasks_of_an_open_room_are_hidden_from_banned_users_on_every_page(self) -> None:
        def titles(user: User, query: str = "") -> list[str]:
            found = self.ok("GET", f"topics/tasks/notifications/{query}", by=user)["notifications"]
            return [notification["title"] for notification in found]

        names = ["New task created: One", "New task created: Two", "New task created: Three"]
        task_create(by=self.olga, title="One", room=self.square, assignee=self.ben)
        task_create(by=self.olga, title="Two")
        member_ban(by=self.olga, room=self.square, user=self.ben)
        task_create(by=self.olga, title="Three", room=self.square)
        for query in ("", "?after=0", "?since=0", "?before=9"):
            self.assertEqual((titles(self.ben, query), titles(self.ann, query)), ([names[1]], names))
        self.assertEqual(titles(self.ben, "?limit=1"), [names[1]])
        self.assertEqual([task["title"] for task in self.ok("GET", "tasks/", by=self.ben)["results"]], ["Two"])
        self.assertEqual(self.personal_titles(self.ben), [""])
        member_unban(by=self.olga, room=self.square, user=self.ben)
        self.assertEqual(titles(self.ben), names)

    def test_when_a_room_becomes_private_only_members_keep_notifications_about_it(self) -> None:
        for user in (self.ann, self.ben, self.mo):
            member_join(user=user, room=self.square)
        self.mention_ben("@ben @mo hello", room=self.square)
        task_create(by=self.ann, title="Hide it", room=self.square)
        member_leave(user=self.ben, room=self.square)
        invitation_create(by=self.olga, room=self.square, user=self.zed)
        room_update(by=self.olga, room=self.square, title="Square")
        self.assertEqual(self.topic_titles("tasks"), ["New task created: Hide it"])
        room_update(by=self.olga, room=self.square, kind="private")
        self.assertEqual((self.personal_titles(self.ben), self.topic_titles("tasks")), ([""], [""]))
        self.assertEqual(self.personal_titles(self.mo), ["ann mentioned you in square"])
        self.assertEqual(self.personal_titles(self.zed), ["olga invited you to square"])

    def test_deleting_a_room_withdraws_all_notifications_about_it(self) -> None:
        self.mention_ben("@ben the code is 4711")
        invitation_create(by=self.olga, room=self.tea, user=self.zed)
        task_create(by=self.ann, title="Hide 4711", room=self.tea)
        task_create(by=self.ann, title="Another", assignee=self.ben)
        room_delete(by=self.olga, room=self.tea)
        self.assertEqual(self.personal_titles(self.ben), ["", "", "Task assigned to you: Another"])
        self.assertEqual(self.personal_titles(self.zed) + self.personal_titles(self.olga), ["", ""])

    def test_notifications_of_withdrawn_or_declined_invitations_are_withdrawn_but_not_of_accepted_ones(self) -> None:
        eve = User.objects.create_user("eve")
        for user in (self.zed, self.sam, eve):
            invitation_create(by=self.olga, room=self.tea, user=user)
        invitation_withdraw(by=self.olga, room=self.tea, user=self.zed)
        invitation_accept(user=self.sam, room_name="tea")
        invitation_decline(user=eve, room_name="tea")
        notifications = [self.personal_titles(user) for user in (self.zed, self.sam, eve)]
        self.assertEqual(notifications, [[""], ["olga invited you to Tea"], [""]])

    def test_notifications_about_a_task_follow_its_title_and_its_deletion(self) -> None:
        task = task_create(by=self.ann, title="Code 4711", assignee=self.ben)
        task_update(by=self.ann, task=task, description="Only this.")
        self.assertEqual(Topic.objects.get(owner=self.ben).version, 1)
        task_update(by=self.ann, task=task, title="Code")
        self.assertEqual(
            self.topic_titles("tasks") + self.personal_titles(self.ben),
            ["New task created: Code", "Task assigned to you: Code"],
        )
        task_delete(by=self.ann, task=task)
        self.assertEqual(self.topic_titles("tasks") + self.personal_titles(self.ben), ["", ""])


class Concurrently(TogetherCase, TransactionTestCase):
    def test_withdrawing_while_users_are_being_notified_leaves_nothing(self) -> None:
        ann, ben, cat = (User.objects.create_user(name) for name in ("ann", "ben", "cat"))
        room = room_create(by=ann, name="tea")
        for _ in range(2):
            for user in (ben, cat):
                member_join(user=user, room=room)
            posted = messages_post([NewMessage(room.pk, ann, "@ben @cat 4711") for _ in range(6)])
            seqs = [one.message.seq for one in posted if isinstance(one, Posted)]
            let_time_pass()

            def edit(seqs: list[int] = seqs) -> None:
                for seq in seqs:
                    message_edit(by=ann, room=room, seq=seq, content="@ben @cat changed")

            def ban() -> None:
                member_ban(by=ann, room=room, user=cat)

            self.assertEqual(self.together(mentions_notify, edit, ban), [None, None, None])
            let_time_pass()
            mentions_notify()
            self.assertFalse(Notification.objects.filter(body__contains="4711").exists())
            self.assertFalse(Notification.objects.filter(topic__owner=cat).exclude(body="").exists())
            member_unban(by=ann, room=room, user=cat)
