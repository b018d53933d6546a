"""Mentions of members, and who is notified of them, without sockets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notifications.models import Notification
from notifications.tests.support import told
from rooms import signals
from rooms.models import Membership, Mention, Message, Room, User
from rooms.selectors.messages import get_message
from rooms.services.members import member_add, member_ban, member_join, member_leave
from rooms.services.mention_notices import GRACE_SECONDS, mentions_notify, mentions_task
from rooms.services.messages import message_delete, message_edit
from rooms.services.posting import NewMessage, message_post, messages_post
from rooms.services.rooms import room_create
from rooms.tests.services.test_posting import WithRoom
from rooms.tests.support.concurrency import TogetherCase

NAMED, REPLY = Mention.Kind.NAMED, Mention.Kind.REPLY


def mentions_of(seq: int) -> dict[str, str]:
    """Return whom the message mentions, and how."""
    rows = Mention.objects.filter(seq=seq).order_by("pk")
    assert all(row.room_id == row.message.room_id and row.seq == row.message.seq for row in rows)
    return dict(rows.values_list("user__username", "kind"))


def let_time_pass() -> None:
    """Make every message older than GRACE_SECONDS."""
    earlier = timezone.now() - timedelta(seconds=GRACE_SECONDS)
    Message.objects.update(created_at=earlier)
    Message.objects.exclude(edited_at=None).update(edited_at=earlier)


def notified_so_far() -> list[tuple[str, str]]:
    """Process pending mentions, and return all notifications so far with their users."""
    mentions_notify()
    return [(name, title) for name, title, _ in told()]


class Mentions(WithRoom):
    def say(self, content: str, by: User | None = None, reply_to: int | None = None) -> int:
        new = message_post(by=by or self.ann, room=self.room, content=content, reply_to=reply_to)
        return new.message.seq

    def edit(self, seq: int, content: str) -> Message:
        return message_edit(by=self.ann, room=self.room, seq=seq, content=content)

    def test_names_mention_members_in_any_case_but_not_outsiders_or_the_author(self) -> None:
        User.objects.create_user("eve")
        User.objects.filter(pk=self.owner.pk).update(is_active=False)
        seq = self.say("@BEN, @olga, @eve and @ann: look")
        assert mentions_of(seq) == {"ben": NAMED}
        html = get_message(self.room, seq).html
        assert html.count("<span") == 2
        assert f'<span class="mention" data-user="ben" data-user-id="{self.ben.pk}">@ben</span>, @olga' in html
        assert mentions_of(self.say("`@ben` and [@ben](http://a.example)")) == {}

    def test_names_with_non_ascii_letters_are_mentioned(self) -> None:
        uschi = User.objects.create_user("Üschi")
        member_add(by=self.owner, room=self.room, user=uschi)
        assert mentions_of(self.say("@Üschi!")) == {"Üschi": NAMED}

    def test_guests_can_mention_members(self) -> None:
        Room.objects.filter(pk=self.room.pk).update(kind=Room.Kind.OPEN, guests=Room.Guests.WRITE)
        messages_post([NewMessage(self.room.pk, None, "@ben?", guest_name="visitor")])
        assert mentions_of(1) == {"ben": NAMED}
        let_time_pass()
        assert notified_so_far() == [("ben", "visitor mentioned you in tea")]

    def test_a_reply_mentions_the_author_of_the_original_once(self) -> None:
        self.say("Tea?")
        assert mentions_of(self.say("Yes", self.ben, reply_to=1)) == {"ann": REPLY}
        assert mentions_of(self.say("@ann @olga yes", self.ben, reply_to=1)) == {"ann": NAMED, "olga": NAMED}
        assert mentions_of(self.say("Anybody?", self.ann, reply_to=1)) == {}
        member_leave(user=self.ann, room=self.room)
        assert mentions_of(self.say("Gone", self.ben, reply_to=1)) == {}

    def test_in_a_batch_only_members_of_the_same_room_are_mentioned(self) -> None:
        square = room_create(by=self.ann, name="square")
        batch = [NewMessage(room.pk, self.ann, "@ben") for room in (self.room, square)]
        messages_post(batch)
        assert list(Mention.objects.values_list("room__name", flat=True)) == ["tea"]

    def test_an_edit_updates_the_mentions(self) -> None:
        self.say("Tea?", self.ben)
        seq = self.say("@olga", reply_to=1)
        assert mentions_of(seq) == {"ben": REPLY, "olga": NAMED}
        Mention.objects.update(pending=False)
        edited = self.edit(seq, "@ben")
        assert mentions_of(seq) == {"ben": NAMED}
        assert 'data-user="ben"' in edited.html
        self.edit(seq, "@olga")
        assert dict(Mention.objects.values_list("user__username", "pending")) == {"ben": False, "olga": True}
        assert mentions_of(seq) == {"ben": REPLY, "olga": NAMED}

    def test_deleting_a_message_deletes_its_mentions(self) -> None:
        seq = self.say("@ben")
        message_delete(by=self.ann, room=self.room, seq=seq)
        let_time_pass()
        assert mentions_of(seq) == {}
        assert notified_so_far() == []

    def test_a_message_without_mentions_takes_no_further_query(self) -> None:
        def queries(*contents: str) -> int:
            with CaptureQueriesContext(connection) as captured:
                messages_post([NewMessage(self.room.pk, self.ann, content) for content in contents])
            return len(captured)

        plain = queries("x", "y")
        assert queries("mail @nobody", "y") == plain + 1
        assert queries("@ben", "@olga @ben", "y") == plain + 3  # the members named, the blocks, and the insert

    def test_a_message_with_any_number_of_names_is_posted(self) -> None:
        contents = [" ".join(f"@n{one}{two}." for two in range(1000)) for one in range(40)]
        outcomes = messages_post([NewMessage(self.room.pk, self.ann, one[:8000]) for one in contents])
        assert len(outcomes) == Message.objects.count() == 40


class Notifying(WithRoom):
    def setUp(self) -> None:
        Room.objects.filter(pk=self.room.pk).update(title="The hall")
        User.objects.filter(pk=self.ann.pk).update(display_name="Alice")

    def read(self, user: User, seq: int) -> None:
        Membership.objects.filter(room=self.room, user=user).update(read_seq=seq)

    def test_members_who_have_not_read_the_message_are_notified_once_on_their_personal_topic(self) -> None:
        self.post("Tea, **@ben**?")
        assert notified_so_far() == []
        let_time_pass()
        assert notified_so_far() == notified_so_far() == [("ben", "Alice mentioned you in The hall")]
        notification = Notification.objects.get()
        assert notification.body == "Tea, @ben?"
        assert notification.author == self.ann
        assert notification.payload == {
            "kind": "mention",
            "room_name": "tea",
            "room_title": "The hall",
            "seq": 1,
            "user_name": "ann",
            "display_name": "Alice",
        }

    def test_nobody_is_notified_where_they_have_turned_notifications_off_by_then(self) -> None:
        members = Membership.objects.filter(room=self.room, user=self.ben)
        members.update(level=Membership.Level.MENTIONS)
        self.post("@ben @olga")
        members.update(level=Membership.Level.NOTHING)
        let_time_pass()
        assert notified_so_far() == [("olga", "Alice mentioned you in The hall")]
        members.update(level=Membership.Level.EVERYTHING)
        assert len(notified_so_far()) == 1
        self.post("@ben")
        let_time_pass()
        assert notified_so_far()[1:] == [("ben", "Alice mentioned you in The hall")]

    def test_the_notification_of_a_reply_says_so(self) -> None:
        self.post("Tea?", by=self.ben)
        message_post(by=self.ann, room=self.room, content="Yes", reply_to=1)
        let_time_pass()
        assert notified_so_far() == [("ben", "Alice replied to you in The hall")]
        assert Notification.objects.filter(payload__kind="reply").exists()

    def test_users_who_have_read_the_message_or_can_not_read_it_any_more_are_not_notified(self) -> None:
        cleo, dora = (User.objects.create_user(name) for name in ("cleo", "dora"))
        for user in (cleo, dora):
            member_add(by=self.owner, room=self.room, user=user)
        self.post("@ben @cleo @dora @olga")
        let_time_pass()
        self.read(self.ben, 1)
        member_ban(by=self.owner, room=self.room, user=cleo)
        User.objects.filter(pk=dora.pk).update(is_active=False)
        assert notified_so_far() == [("olga", "Alice mentioned you in The hall")]
        assert not Mention.objects.filter(pending=True).exists()

    def test_an_edit_notifies_newly_mentioned_users_and_nobody_twice(self) -> None:
        self.post("@ben")
        let_time_pass()
        assert len(notified_so_far()) == 1
        message_edit(by=self.ann, room=self.room, seq=1, content="@ben and @olga")
        assert len(notified_so_far()) == 1
        let_time_pass()
        assert notified_so_far()[1:] == [("olga", "Alice mentioned you in The hall")]

    def test_an_edit_with_pending_mentions_schedules_the_decision_again(self) -> None:
        self.post("@ben")
        for content, pending in (("@ben!", True), ("@ben?", False)):
            Mention.objects.update(pending=pending)
            with self.captureOnCommitCallbacks() as callbacks:
                message_edit(by=self.ann, room=self.room, seq=1, content=content)
            assert (mentions_task.run_soon in callbacks) is pending

    def test_notifications_from_direct_rooms_do_not_name_the_room(self) -> None:
        Room.objects.filter(pk=self.room.pk).update(kind=Room.Kind.DIRECT)
        self.post("@ben")
        let_time_pass()
        assert notified_so_far() == [("ben", "Alice mentioned you")]

    def test_the_longest_names_fit(self) -> None:
        Room.objects.filter(pk=self.room.pk).update(title="t" * 120)
        User.objects.filter(pk=self.ann.pk).update(username="u" * 150, display_name="")
        self.post("@ben " + "x" * 7000)
        let_time_pass()
        assert len(notified_so_far()) == 1

    def test_many_users_are_notified_in_a_few_queries(self) -> None:
        def queries() -> int:
            let_time_pass()
            with CaptureQueriesContext(connection) as captured:
                mentions_notify()
            return len(captured)

        people = [User.objects.create_user(f"member{number}") for number in range(30)]
        Membership.objects.bulk_create([Membership(room=self.room, user=user) for user in people])
        self.post("@ben @olga @member0")
        queries()
        self.post("@ben")
        few = queries()
        self.post(" ".join(f"@{user.username}" for user in people))
        assert queries() <= few + 2  # creating missing personal topics
        assert Notification.objects.count() == 34

    def test_mentions_stay_pending_when_notifying_fails(self) -> None:
        def fail(**_: Any) -> None:
            raise RuntimeError

        self.post("@ben")
        let_time_pass()
        signals.mentions_unread.connect(fail)
        try:
            with pytest.raises(RuntimeError):
                mentions_notify()
        finally:
            signals.mentions_unread.disconnect(fail)
        assert not Notification.objects.exists()
        assert len(notified_so_far()) == 1


class Concurrently(TogetherCase, TransactionTestCase):
    def test_two_processes_deciding_at_the_same_time_notify_nobody_twice(self) -> None:
        ann, ben = (User.objects.create_user(name) for name in ("ann", "ben"))
        room = room_create(by=ann, name="tea")
        member_join(user=ben, room=room)
        for round_number in range(1, 6):
            messages_post([NewMessage(room.pk, ann, "@ben") for _ in range(10)])
            let_time_pass()
            assert self.together(mentions_notify, mentions_notify) == [None, None]
            mentions_notify()
            assert Notification.objects.count() == 10 * round_number
        assert not Mention.objects.filter(pending=True).exists()
