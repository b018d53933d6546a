"""Messages that mention everybody in a room, or who is online there."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from unittest import mock

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import TransactionTestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chatproject.realtime.delivery.change_feed import STREAMS_CHANGED
from notifications.models import Notification
from rooms.models import Membership, Mention, Message, Room, RoomMention, User
from rooms.selectors.messages import get_message
from rooms.selectors.room_mentions import room_mentioners
from rooms.selectors.unread import get_unread
from rooms.services import room_mentions
from rooms.services.blocks import user_block
from rooms.services.direct_rooms import direct_room_open
from rooms.services.members import member_add, member_leave, member_remove, member_set_role
from rooms.services.mention_notices import mentions_notify
from rooms.services.messages import message_delete, message_edit
from rooms.services.posting import NewMessage, message_post, messages_post
from rooms.services.read_marks import read_mark_move
from rooms.services.room_mentions import room_mentions_write
from rooms.services.room_news import room_listen, room_news_decide
from rooms.services.rooms import room_create, room_update
from rooms.tests.services.test_connections import create_connection
from rooms.tests.services.test_mentions import let_time_pass, mentions_of, notified_so_far
from rooms.tests.services.test_room_news import Heard
from rooms.tests.support.api_case import ApiCase
from rooms.tests.support.concurrency import TogetherCase

NAMED, REPLY, ROOM, HERE = Mention.Kind
EVERYBODY = '<span class="mention" data-mention="room">@room</span>'
ONLINE = '<span class="mention" data-mention="here">@here</span>'


def joined_long_ago() -> None:
    """Let everybody have joined before the messages that `let_time_pass` makes older."""
    Membership.objects.update(joined_at=timezone.now() - timedelta(days=1))


class Case(ApiCase):
    @classmethod
    def setUpTestData(cls) -> None:
        super().setUpTestData()
        joined_long_ago()

    def say(  # type: ignore[override]
        self, content: str, by: User | None = None, room: Room | None = None, reply_to: int | None = None
    ) -> int:
        """Post a message, write its mentions, and return its seq."""
        seq = message_post(by=by or self.mo, room=room or self.tea, content=content, reply_to=reply_to).message.seq
        room_mentions_write()
        return seq

    def html(self, seq: int) -> str:
        return get_message(self.tea, seq).html


class Allowed(Case):
    def test_owners_and_moderators_mention_everybody_and_members_write_plain_text(self) -> None:
        assert mentions_of(self.say("**@room**: tea")) == {"olga": ROOM, "ann": ROOM, "ben": ROOM}
        assert EVERYBODY in self.html(1)
        assert mentions_of(self.say("@room: tea", by=self.ann)) == {}
        assert self.html(2) == "<p>@room: tea</p>"

    def test_the_setting_lets_all_members(self) -> None:
        room_update(by=self.olga, room=self.tea, room_mentions="members")
        assert mentions_of(self.say("@room", by=self.ann)) == {"olga": ROOM, "mo": ROOM, "ben": ROOM}
        room_update(by=self.olga, room=self.tea, room_mentions="moderators")
        assert mentions_of(self.say("@room", by=self.ann)) == {}

    def test_staff_may_as_members_and_in_a_direct_room_both(self) -> None:
        User.objects.filter(pk=self.ann.pk).update(is_staff=True)
        assert set(mentions_of(self.say("@room", by=self.ann))) == {"olga", "mo", "ben"}
        direct, _ = direct_room_open(by=self.ben, people=[self.zed])
        message_post(by=self.ben, room=direct, content="@room")
        room_mentions_write()
        assert Mention.objects.get(room=direct).user == self.zed

    def test_guests_may_not(self) -> None:
        Room.objects.filter(pk=self.square.pk).update(guests=Room.Guests.WRITE, room_mentions="members")
        messages_post([NewMessage(self.square.pk, None, "@room", guest_name="visitor")])
        assert Message.objects.get().html == "<p>@room</p>"
        assert not RoomMention.objects.exists()

    def test_who_may_no_longer_when_the_room_is_locked_writes_plain_text(self) -> None:
        def outdated(places: set[tuple[int, int]]) -> set[tuple[int, int]]:
            found = room_mentioners(places)
            member_set_role(by=self.olga, room=self.tea, user=self.mo, role="member")
            return found

        with mock.patch("rooms.services.mentions.room_mentioners", outdated):
            self.say("@room and @ben")
        assert mentions_of(1) == {"ben": NAMED}
        assert EVERYBODY not in self.html(1)

    def test_in_a_batch_each_room_and_author_counts_for_itself(self) -> None:
        batch = [NewMessage(self.tea.pk, self.ann, "@room"), NewMessage(self.tea.pk, self.mo, "@room")]
        messages_post([*batch, NewMessage(self.square.pk, self.olga, "@here")])
        assert list(RoomMention.objects.values_list("message__room__name", "message__seq", "kind")) == [
            ("tea", 2, ROOM),
            ("square", 1, HERE),
        ]


class Mentioned(Case):
    def test_here_mentions_who_is_online(self) -> None:
        create_connection(self.ann, self.square)
        create_connection(self.zed, self.square)
        assert mentions_of(self.say("@here: cake")) == {"ann": HERE}
        assert ONLINE in self.html(1)
        assert set(mentions_of(self.say("@here and @room"))) == {"olga", "ann", "ben"}

    def test_who_is_named_or_replied_to_as_well_is_mentioned_once(self) -> None:
        self.say("Tea?", by=self.ann)
        assert mentions_of(self.say("@ben @room", reply_to=1)) == {"ann": REPLY, "ben": NAMED, "olga": ROOM}
        let_time_pass()
        assert sorted(notified_so_far()) == [
            ("ann", "mo replied to you in Tea"),
            ("ben", "mo mentioned you in Tea"),
            ("olga", "mo mentioned everyone in Tea"),
        ]

    def test_not_those_who_want_to_hear_nothing_have_blocked_the_author_are_inactive_or_join_later(self) -> None:
        Membership.objects.filter(room=self.tea, user=self.ann).update(level="nothing")
        user_block(by=self.ben, user=self.mo)
        User.objects.filter(pk=self.olga.pk).update(is_active=False)
        message_post(by=self.mo, room=self.tea, content="@room")
        member_add(by=self.mo, room=self.tea, user=self.zed)
        room_mentions_write()
        assert mentions_of(1) == {}
        assert not RoomMention.objects.exists()

    def test_levels_mentions_and_everything_are_notified_once(self) -> None:
        Membership.objects.filter(room=self.tea, user=self.ann).update(level="mentions", muted=True)
        Membership.objects.filter(room=self.tea, user=self.ben).update(level="everything")
        room_listen(self.tea)
        message_post(by=self.mo, room=self.tea, content="@room")
        let_time_pass()
        Room.objects.filter(pk=self.tea.pk).update(news_at=timezone.now() - timedelta(seconds=4))
        heard = Heard(self)
        room_news_decide()  # waits until it is known who is mentioned
        room_mentions_write()
        room_news_decide()
        assert heard.all == []
        assert not Room.objects.filter(news_at__isnull=False).exists()
        assert {name for name, _ in notified_so_far()} == {"olga", "ann", "ben"}

    def test_it_counts_as_unread_until_it_is_read_deleted_or_out_of_reach(self) -> None:
        def count(user: User) -> int:
            return get_unread(user, self.tea).mentions

        first, second = self.say("@room 4711"), self.say("@room again")
        assert (count(self.ann), count(self.ben), count(self.mo)) == (2, 2, 0)
        let_time_pass()
        assert len(notified_so_far()) == 6
        read_mark_move(user=self.ann, room=self.tea, seq=first)
        assert count(self.ann) == 1
        message_delete(by=self.mo, room=self.tea, seq=second)
        assert (count(self.ann), count(self.ben)) == (0, 1)
        member_remove(by=self.olga, room=self.tea, user=self.ben)
        assert not Notification.objects.filter(topic__owner=self.ben, body__contains="4711").exists()
        assert not Notification.objects.filter(body__contains="again").exists()

    def test_who_has_left_before_it_is_decided_is_not_notified(self) -> None:
        self.say("@room")
        member_leave(user=self.ben, room=self.tea)
        read_mark_move(user=self.ann, room=self.tea, seq=1)
        let_time_pass()
        assert notified_so_far() == [("olga", "mo mentioned everyone in Tea")]

    def test_the_bell_says_who_was_mentioned(self) -> None:
        create_connection(self.ann)
        self.say("@here: cake")
        let_time_pass()
        assert notified_so_far() == [("ann", "mo mentioned everyone who is online in Tea")]
        assert Notification.objects.get().payload["kind"] == "here_mention"  # type: ignore[index]

    def test_watchers_of_the_room_are_told_that_there_are_more_mentions(self) -> None:
        message_post(by=self.mo, room=self.tea, content="@room")
        with self.captureOnCommitCallbacks() as callbacks:
            room_mentions_write()
        types = [callback.args[0] for callback in callbacks if isinstance(callback, partial)]
        assert types == [STREAMS_CHANGED]


class Edited(Case):
    def edit(self, seq: int, content: str) -> str:
        edited = message_edit(by=self.mo, room=self.tea, seq=seq, content=content)
        room_mentions_write()
        return edited.html

    def test_an_edit_that_adds_it_shows_it_and_notifies_nobody(self) -> None:
        seq = self.say("tea")
        assert EVERYBODY in self.edit(seq, "@room: tea")
        assert mentions_of(seq) == {}
        assert ONLINE in self.edit(seq, "@here: tea")
        assert mentions_of(seq) == {}

    def test_an_edit_that_keeps_it_keeps_everybody_mentioned_and_one_that_removes_it_does_not(self) -> None:
        seq = self.say("@room @ben")
        self.edit(seq, "@room @ann: tea")
        assert mentions_of(seq) == {"olga": ROOM, "ann": NAMED, "ben": ROOM}
        let_time_pass()
        assert len(notified_so_far()) == 3
        self.edit(seq, "@room")
        assert set(mentions_of(seq).values()) == {ROOM}
        assert not Notification.objects.exclude(deleted_at=None).exists()
        self.edit(seq, "@ben")
        assert mentions_of(seq) == {"ben": NAMED}
        assert Notification.objects.exclude(deleted_at=None).count() == 2

    def test_an_edit_or_deletion_before_the_mentions_are_written_withdraws_them(self) -> None:
        for seq in (1, 2):
            message_post(by=self.mo, room=self.tea, content="@room")
            if seq == 1:
                self.edit(seq, "tea")
            else:
                message_delete(by=self.mo, room=self.tea, seq=seq)
            room_mentions_write()
            assert mentions_of(seq) == {}
        assert not RoomMention.objects.exists()

    def test_an_edit_by_somebody_who_may_not_is_plain_text(self) -> None:
        seq = self.say("tea", by=self.ann)
        edited = message_edit(by=self.ann, room=self.tea, seq=seq, content="@room")
        assert edited.html == "<p>@room</p>"


class Names(Case):
    def test_new_accounts_can_not_have_these_names(self) -> None:
        for name in ("room", "HERE", "\uff32oom"):
            with pytest.raises(ValidationError, match="mentions everyone in a room"):
                User(username=name).full_clean(exclude=["password"])
        User(username="rooms").full_clean(exclude=["password"])

    def test_in_a_room_with_somebody_of_that_name_it_means_them(self) -> None:
        early = User.objects.create_user("here")
        early.full_clean()  # keeps the name
        member_add(by=self.olga, room=self.tea, user=early)
        create_connection(self.ann)
        assert mentions_of(self.say("@here")) == {"here": NAMED}
        assert set(mentions_of(self.say("@room"))) == {"olga", "ann", "ben", "here"}


class Cost(Case):
    def test_posting_takes_no_more_queries_without_it_and_the_same_for_any_number_of_members(self) -> None:
        def queries(content: str) -> int:
            with CaptureQueriesContext(connection) as captured:
                messages_post([NewMessage(self.tea.pk, self.mo, content)])
            return len(captured)

        plain, named = queries("x"), queries("@nobody")
        assert named == plain + 1
        assert queries("@room") == named + 3  # who may, before and under the lock, and the insert
        people = [User(username=f"member{number}") for number in range(50)]
        User.objects.bulk_create(people)
        Membership.objects.bulk_create(Membership(room=self.tea, user=user) for user in people)
        assert queries("@room") == named + 3


class InBatches(Case):
    def test_members_are_mentioned_in_batches_that_go_on_where_the_last_one_ended(self) -> None:
        message_post(by=self.mo, room=self.tea, content="@room")
        with mock.patch.object(room_mentions, "BATCH", 2):
            pk = RoomMention.objects.get().pk
            assert room_mentions._write_batch(pk)
            assert set(mentions_of(1)) == {"olga"}  # and the author
            room_mentions_write()
        assert set(mentions_of(1)) == {"olga", "ann", "ben"}
        assert not RoomMention.objects.exists()


class Together(TogetherCase, TransactionTestCase):
    def test_processes_that_write_decide_edit_and_delete_at_once_mention_each_member_once(self) -> None:
        ann = User.objects.create_user("ann")
        people = [User.objects.create_user(f"member{number}") for number in range(6)]
        room = room_create(by=ann, name="tea")
        Membership.objects.bulk_create(Membership(room=room, user=user) for user in people)
        joined_long_ago()
        with mock.patch.object(room_mentions, "BATCH", 2):
            for round_number in range(5):
                for content in ("@room", "@room @member3", "@room"):
                    message_post(by=ann, room=room, content=content)
                let_time_pass()
                kept, edited, deleted = (round_number * 3 + place for place in (1, 2, 3))

                def edit(seq: int = edited) -> None:
                    message_edit(by=ann, room=room, seq=seq, content="@room @member4")

                def delete(seq: int = deleted) -> None:
                    message_delete(by=ann, room=room, seq=seq)

                done = self.together(room_mentions_write, room_mentions_write, mentions_notify, edit, delete)
                assert done == [None] * 5, done
                let_time_pass()
                room_mentions_write()
                mentions_notify()
                assert Mention.objects.filter(seq=kept).count() == Mention.objects.filter(seq=edited).count() == 6
                assert not Mention.objects.filter(seq=deleted).exists()
        present = Notification.objects.filter(deleted_at=None)
        assert present.count() == 5 * 2 * 6
        assert not RoomMention.objects.exists()
