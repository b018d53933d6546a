"""Whom messages call, and who is notified of it, without sockets."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notifications.models import Notification
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


def calls(seq: int) -> dict[str, str]:
    """Whom the message calls, and how."""
    rows = Mention.objects.filter(seq=seq).order_by("pk")
    assert all(row.room_id == row.message.room_id and row.seq == row.message.seq for row in rows)
    return dict(rows.values_list("user__username", "kind"))


def let_time_pass() -> None:
    """Make every message older than the time in which people may still read it."""
    earlier = timezone.now() - timedelta(seconds=GRACE_SECONDS)
    Message.objects.update(created_at=earlier)
    Message.objects.exclude(edited_at=None).update(edited_at=earlier)


def told() -> list[tuple[str, str]]:
    """Decide, and say who has been told what so far."""
    mentions_notify()
    rows = Notification.objects.order_by("pk").values_list("topic__owner__username", "title")
    return [(str(name), title) for name, title in rows]


class Mentions(WithRoom):
    def say(self, content: str, by: User | None = None, reply_to: int | None = None) -> int:
        new = message_post(by=by or self.ann, room=self.room, content=content, reply_to=reply_to)
        return new.message.seq

    def edit(self, seq: int, content: str) -> Message:
        return message_edit(by=self.ann, room=self.room, seq=seq, content=content)

    def test_members_are_called_by_name_whatever_its_case_and_strangers_and_oneself_are_not(self) -> None:
        User.objects.create_user("eve")
        User.objects.filter(pk=self.owner.pk).update(is_active=False)
        seq = self.say("@BEN, @olga, @eve and @ann: look")
        assert calls(seq) == {"ben": NAMED}
        html = get_message(self.room, seq).html
        assert html.count("<span") == 2
        assert f'<span class="mention" data-user="ben" data-user-id="{self.ben.pk}">@ben</span>, @olga' in html
        assert calls(self.say("`@ben` and [@ben](http://a.example)")) == {}

    def test_names_beyond_ascii_are_found_as_they_are_written(self) -> None:
        uschi = User.objects.create_user("Üschi")
        member_add(by=self.owner, room=self.room, user=uschi)
        assert calls(self.say("@Üschi!")) == {"Üschi": NAMED}

    def test_a_guest_calls_members_too(self) -> None:
        Room.objects.filter(pk=self.room.pk).update(kind=Room.Kind.OPEN, guests=Room.Guests.WRITE)
        messages_post([NewMessage(self.room.pk, None, "@ben?", guest_name="visitor")])
        assert calls(1) == {"ben": NAMED}
        let_time_pass()
        assert told() == [("ben", "visitor mentioned you in tea")]

    def test_a_reply_calls_the_author_of_what_it_answers_once(self) -> None:
        self.say("Tea?")
        assert calls(self.say("Yes", self.ben, reply_to=1)) == {"ann": REPLY}
        assert calls(self.say("@ann @olga yes", self.ben, reply_to=1)) == {"ann": NAMED, "olga": NAMED}
        assert calls(self.say("Anybody?", self.ann, reply_to=1)) == {}
        member_leave(user=self.ann, room=self.room)
        assert calls(self.say("Gone", self.ben, reply_to=1)) == {}

    def test_each_room_of_a_batch_calls_its_own_members(self) -> None:
        square = room_create(by=self.ann, name="square")
        batch = [NewMessage(room.pk, self.ann, "@ben") for room in (self.room, square)]
        messages_post(batch)
        assert list(Mention.objects.values_list("room__name", flat=True)) == ["tea"]

    def test_an_edit_keeps_up_with_whom_a_message_calls(self) -> None:
        self.say("Tea?", self.ben)
        seq = self.say("@olga", reply_to=1)
        assert calls(seq) == {"ben": REPLY, "olga": NAMED}
        Mention.objects.update(pending=False)
        edited = self.edit(seq, "@ben")
        assert calls(seq) == {"ben": NAMED}
        assert 'data-user="ben"' in edited.html
        self.edit(seq, "@olga")
        assert dict(Mention.objects.values_list("user__username", "pending")) == {"ben": False, "olga": True}
        assert calls(seq) == {"ben": REPLY, "olga": NAMED}

    def test_a_deletion_takes_the_calls_with_it(self) -> None:
        seq = self.say("@ben")
        message_delete(by=self.ann, room=self.room, seq=seq)
        let_time_pass()
        assert calls(seq) == {}
        assert told() == []

    def test_a_message_that_calls_nobody_costs_no_query(self) -> None:
        def queries(*contents: str) -> int:
            with CaptureQueriesContext(connection) as captured:
                messages_post([NewMessage(self.room.pk, self.ann, content) for content in contents])
            return len(captured)

        plain = queries("x", "y")
        assert queries("mail @nobody", "y") == plain + 1
        assert queries("@ben", "@olga @ben", "y") == plain + 3  # who is named, who wants nothing from whom, the rows

    def test_however_many_names_are_tried_the_message_is_posted(self) -> None:
        contents = [" ".join(f"@n{one}{two}." for two in range(1000)) for one in range(40)]
        outcomes = messages_post([NewMessage(self.room.pk, self.ann, one[:8000]) for one in contents])
        assert len(outcomes) == Message.objects.count() == 40


class Notifying(WithRoom):
    def setUp(self) -> None:
        Room.objects.filter(pk=self.room.pk).update(title="The hall")
        User.objects.filter(pk=self.ann.pk).update(display_name="Alice")

    def read(self, user: User, seq: int) -> None:
        Membership.objects.filter(room=self.room, user=user).update(read_seq=seq)

    def test_who_has_not_read_along_is_told_once_on_their_own_topic(self) -> None:
        self.post("Tea, **@ben**?")
        assert told() == []
        let_time_pass()
        assert told() == told() == [("ben", "Alice mentioned you in The hall")]
        notification = Notification.objects.get()
        assert notification.body == "Tea, @ben?"
        assert notification.author == self.ann
        assert notification.payload == {"kind": "mention", "room_name": "tea", "seq": 1, "user_name": "ann"}

    def test_a_reply_is_told_as_such(self) -> None:
        self.post("Tea?", by=self.ben)
        message_post(by=self.ann, room=self.room, content="Yes", reply_to=1)
        let_time_pass()
        assert told() == [("ben", "Alice replied to you in The hall")]
        assert Notification.objects.filter(payload__kind="reply").exists()

    def test_who_has_read_it_is_not_told_nor_who_may_read_it_no_longer(self) -> None:
        cleo, dora = (User.objects.create_user(name) for name in ("cleo", "dora"))
        for user in (cleo, dora):
            member_add(by=self.owner, room=self.room, user=user)
        self.post("@ben @cleo @dora @olga")
        let_time_pass()
        self.read(self.ben, 1)
        member_ban(by=self.owner, room=self.room, user=cleo)
        User.objects.filter(pk=dora.pk).update(is_active=False)
        assert told() == [("olga", "Alice mentioned you in The hall")]
        assert not Mention.objects.filter(pending=True).exists()

    def test_an_edit_that_calls_somebody_tells_them_and_nobody_twice(self) -> None:
        self.post("@ben")
        let_time_pass()
        assert len(told()) == 1
        message_edit(by=self.ann, room=self.room, seq=1, content="@ben and @olga")
        assert len(told()) == 1
        let_time_pass()
        assert told()[1:] == [("olga", "Alice mentioned you in The hall")]

    def test_an_edit_of_what_is_undecided_yet_has_it_looked_at_anew(self) -> None:
        self.post("@ben")
        for content, pending in (("@ben!", True), ("@ben?", False)):
            Mention.objects.update(pending=pending)
            with self.captureOnCommitCallbacks() as callbacks:
                message_edit(by=self.ann, room=self.room, seq=1, content=content)
            assert (mentions_task.run_soon in callbacks) is pending

    def test_in_a_direct_room_it_is_enough_to_say_who(self) -> None:
        Room.objects.filter(pk=self.room.pk).update(kind=Room.Kind.DIRECT)
        self.post("@ben")
        let_time_pass()
        assert told() == [("ben", "Alice mentioned you")]

    def test_the_longest_names_fit(self) -> None:
        Room.objects.filter(pk=self.room.pk).update(title="t" * 120)
        User.objects.filter(pk=self.ann.pk).update(username="u" * 150, display_name="")
        self.post("@ben " + "x" * 7000)
        let_time_pass()
        assert len(told()) == 1

    def test_many_are_told_in_a_few_queries(self) -> None:
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
        assert queries() <= few + 2  # topics are made for those who had none
        assert Notification.objects.count() == 34

    def test_what_can_not_be_told_stays_undecided(self) -> None:
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
        assert len(told()) == 1


class Together(TogetherCase, TransactionTestCase):
    def test_two_processes_that_decide_at_once_tell_nobody_twice(self) -> None:
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
