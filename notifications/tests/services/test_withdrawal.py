"""What people were told follows the text that it came from: changed with it, and gone with it."""

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


class OfMessages(NotificationCase):
    def call(self, content: str, reply_to: int | None = None, room: Room | None = None) -> int:
        """Ann says something that calls Ben, who is told of it; its seq."""
        posted = message_post(by=self.ann, room=room or self.tea, content=content, reply_to=reply_to)
        let_time_pass()
        mentions_notify()
        return posted.message.seq

    def read(self, user: User, query: str = "") -> list[dict[str, Any]]:
        """A person's notifications, over REST."""
        found: list[dict[str, Any]] = self.ok("GET", f"notifications/{query}", by=user)["notifications"]
        return found

    def assert_tombstone(self, notification: dict[str, Any]) -> None:
        """That nothing is left of what it said."""
        said = (notification["title"], notification["body"], notification["payload"], notification.get("deleted"))
        self.assertEqual(said, ("", "", None, True))

    def test_an_edit_is_told_again_in_its_place_with_the_next_version(self) -> None:
        seq = self.call("@ben the code is 4711")
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

    def test_an_edit_that_calls_otherwise_says_so_and_one_that_calls_no_more_takes_it_back(self) -> None:
        self.say("a question", by=self.ben)
        seq = self.call("@ben the answer", reply_to=1)
        message_edit(by=self.ann, room=self.tea, seq=seq, content="an answer")
        (told,) = self.read(self.ben)
        self.assertEqual((told["title"], told["payload"]["kind"]), ("ann replied to you in Tea", "reply"))
        seq = self.call("@ben the code is 4711")
        message_edit(by=self.ann, room=self.tea, seq=seq, content="the code is secret")
        self.assert_tombstone(self.read(self.ben)[-1])

    def test_a_deletion_leaves_a_tombstone_without_text(self) -> None:
        self.say("a question", by=self.ben)
        seqs = [self.call("@ben the code is 4711"), self.call("4712", reply_to=1)]
        message_delete(by=self.ann, room=self.tea, seq=seqs[0])
        message_delete(by=self.mo, room=self.tea, seq=seqs[1])
        told = self.read(self.ben)
        for notification in told:
            self.assert_tombstone(notification)
        self.assertEqual([(one["seq"], one["version"]) for one in told], [(1, 3), (2, 4)])
        self.assertFalse(Notification.objects.filter(room__isnull=False).exists())

    def test_what_hangs_on_a_message_but_its_text_changes_nothing(self) -> None:
        seq = self.call("@ben hello")
        reaction_add(by=self.ben, room=self.tea, seq=seq, emoji="👍")
        self.assertEqual([one["version"] for one in self.read(self.ben)], [1])

    def test_who_may_not_read_a_room_any_more_keeps_nothing_of_it(self) -> None:
        self.call("@ben @mo the code is 4711")
        task_create(by=self.ann, title="Hide 4711", room=self.tea)
        member_remove(by=self.olga, room=self.tea, user=self.ben)
        member_ban(by=self.olga, room=self.tea, user=self.mo)
        member_leave(user=self.ann, room=self.tea)
        for user, count in ((self.ben, 2), (self.mo, 2), (self.ann, 1)):
            told = self.read(user)
            self.assertEqual(len(told), count)
            for notification in told:
                self.assert_tombstone(notification)
        self.assertEqual(self.told(self.olga), ["New task created: Hide 4711"])

    def test_who_leaves_an_open_room_can_still_read_it_and_who_is_banned_can_not(self) -> None:
        member_join(user=self.ben, room=self.square)
        member_join(user=self.ann, room=self.square)
        self.call("@ben hello", room=self.square)
        member_leave(user=self.ben, room=self.square)
        self.assertEqual(self.told(self.ben), ["ann mentioned you in square"])
        member_ban(by=self.olga, room=self.square, user=self.ben)
        self.assertEqual(self.told(self.ben), [""])

    def test_what_is_told_of_an_open_rooms_tasks_is_kept_from_the_banned_on_every_page(self) -> None:
        def shown(user: User, query: str = "") -> list[str]:
            found = self.ok("GET", f"topics/tasks/notifications/{query}", by=user)["notifications"]
            return [notification["title"] for notification in found]

        names = ["New task created: One", "New task created: Two", "New task created: Three"]
        task_create(by=self.olga, title="One", room=self.square, assignee=self.ben)
        task_create(by=self.olga, title="Two")
        member_ban(by=self.olga, room=self.square, user=self.ben)
        task_create(by=self.olga, title="Three", room=self.square)
        for query in ("", "?after=0", "?since=0", "?before=9"):
            self.assertEqual((shown(self.ben, query), shown(self.ann, query)), ([names[1]], names))
        self.assertEqual(shown(self.ben, "?limit=1"), [names[1]])
        self.assertEqual([task["title"] for task in self.ok("GET", "tasks/", by=self.ben)["results"]], ["Two"])
        self.assertEqual(self.told(self.ben), [""])
        member_unban(by=self.olga, room=self.square, user=self.ben)
        self.assertEqual(shown(self.ben), names)

    def test_a_room_that_becomes_private_is_told_to_its_members_alone(self) -> None:
        for user in (self.ann, self.ben, self.mo):
            member_join(user=user, room=self.square)
        self.call("@ben @mo hello", room=self.square)
        task_create(by=self.ann, title="Hide it", room=self.square)
        member_leave(user=self.ben, room=self.square)
        invitation_create(by=self.olga, room=self.square, user=self.zed)
        room_update(by=self.olga, room=self.square, title="Square")
        self.assertEqual(self.on("tasks"), ["New task created: Hide it"])
        room_update(by=self.olga, room=self.square, kind="private")
        self.assertEqual((self.told(self.ben), self.on("tasks")), ([""], [""]))
        self.assertEqual(self.told(self.mo), ["ann mentioned you in square"])
        self.assertEqual(self.told(self.zed), ["olga invites you to square"])

    def test_a_deleted_room_takes_all_that_was_told_of_it_along(self) -> None:
        self.call("@ben the code is 4711")
        invitation_create(by=self.olga, room=self.tea, user=self.zed)
        task_create(by=self.ann, title="Hide 4711", room=self.tea)
        task_create(by=self.ann, title="Another", assignee=self.ben)
        room_delete(by=self.olga, room=self.tea)
        self.assertEqual(self.told(self.ben), ["", "", "Task assigned to you: Another"])
        self.assertEqual(self.told(self.zed) + self.told(self.olga), ["", ""])

    def test_an_invitation_taken_back_or_declined_is_told_no_more_and_an_accepted_one_is(self) -> None:
        eve = User.objects.create_user("eve")
        for user in (self.zed, self.sam, eve):
            invitation_create(by=self.olga, room=self.tea, user=user)
        invitation_withdraw(by=self.olga, room=self.tea, user=self.zed)
        invitation_accept(user=self.sam, room_name="tea")
        invitation_decline(user=eve, room_name="tea")
        told = [self.told(user) for user in (self.zed, self.sam, eve)]
        self.assertEqual(told, [[""], ["olga invites you to Tea"], [""]])

    def test_a_tasks_notifications_follow_its_title_and_its_deletion(self) -> None:
        task = task_create(by=self.ann, title="Code 4711", assignee=self.ben)
        task_update(by=self.ann, task=task, description="Only this.")
        self.assertEqual(Topic.objects.get(owner=self.ben).version, 1)
        task_update(by=self.ann, task=task, title="Code")
        self.assertEqual(
            self.on("tasks") + self.told(self.ben), ["New task created: Code", "Task assigned to you: Code"]
        )
        task_delete(by=self.ann, task=task)
        self.assertEqual(self.on("tasks") + self.told(self.ben), ["", ""])


class Together(TogetherCase, TransactionTestCase):
    def test_what_is_taken_back_while_people_are_told_of_it_is_gone_all_the_same(self) -> None:
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
