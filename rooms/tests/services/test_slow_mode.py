"""Slow mode: one message in a while, however many are sent at once."""

from __future__ import annotations

from datetime import timedelta
from unittest import mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms.errors import InvalidField, SlowMode
from rooms.models import Message, Room, ScheduledMessage, User
from rooms.selectors.members import get_membership
from rooms.selectors.slow_mode import slow_mode_wait
from rooms.services.members import member_set_role
from rooms.services.messages import message_delete
from rooms.services.posting import NewMessage, Posted, message_post, messages_post
from rooms.services.rooms import room_create, room_update
from rooms.services.scheduled_messages import message_schedule, scheduled_send_due
from rooms.tests.services.test_posting import WithRoom
from rooms.tests.support.concurrency import TogetherCase
from rooms.wire import timestamp


class SlowRoom(WithRoom):
    def setUp(self) -> None:
        self.room = room_update(by=self.owner, room=self.room, slow_seconds=30)

    def later(self, seconds: float) -> mock._patch[mock.Mock]:
        return mock.patch("django.utils.timezone.now", return_value=timezone.now() + timedelta(seconds=seconds))

    def test_a_member_waits_after_each_message_and_is_told_how_long(self) -> None:
        self.post("one")
        with pytest.raises(SlowMode) as caught:
            self.post("two")
        assert 29 < caught.value.retry_after <= 30
        assert (caught.value.status, caught.value.code) == (429, "slow_mode")
        assert caught.value.detail == "Slow mode is on. You can send the next message in 30 seconds."
        with self.later(-1), pytest.raises(SlowMode) as caught:  # taken up before "one", but after it under the lock
            self.post("two")
        assert caught.value.retry_after == 30
        self.post("somebody else", by=self.ben)
        with self.later(30.1):
            self.post("two")
        assert [message.content for message in Message.objects.order_by("seq")] == ["one", "somebody else", "two"]

    def test_of_fifty_sends_in_a_batch_one_is_posted(self) -> None:
        results = messages_post([NewMessage(self.room.pk, self.ann, f"m{n}", f"c{n}") for n in range(50)])
        assert sum(isinstance(result, Posted) for result in results) == 1
        assert sum(isinstance(result, SlowMode) for result in results) == 49

    def test_a_retry_is_no_second_message(self) -> None:
        first = self.post("one", "c-1").message
        again = self.post("one", "c-1")
        assert (again.duplicate, again.message.seq) == (True, first.seq)
        both = messages_post([NewMessage(self.room.pk, self.ben, "x", "c-2")] * 2)
        assert [isinstance(one, Posted) and one.duplicate for one in both] == [False, True]

    def test_owners_and_moderators_and_staff_do_not_wait(self) -> None:
        member_set_role(by=self.owner, room=self.room, user=self.ben, role="moderator")
        User.objects.filter(pk=self.ann.pk).update(is_staff=True)
        for user in (self.owner, self.ben, self.ann):
            self.post("one", by=user)
            self.post("two", by=user)

    def test_deleting_a_message_does_not_give_the_turn_back(self) -> None:
        self.post("one")
        message_delete(by=self.ann, room=self.room, seq=1)
        with pytest.raises(SlowMode):
            self.post("two")

    def test_a_message_refused_for_another_reason_takes_no_turn(self) -> None:
        refused, posted = messages_post(
            [NewMessage(self.room.pk, self.ann, "x", reply_to=99), NewMessage(self.room.pk, self.ann, "x")]
        )
        assert not isinstance(refused, Posted)
        assert isinstance(posted, Posted)

    def test_guests_wait_for_each_other_because_they_can_change_their_names(self) -> None:
        room = room_create(by=self.owner, name="square", guests="write", slow_seconds=30)
        batch = [NewMessage(room.pk, None, "x", guest_name=name) for name in ("visitor", "another")]
        assert [isinstance(one, Posted) for one in messages_post(batch)] == [True, False]
        assert not isinstance(messages_post(batch[1:])[0], Posted)
        with self.later(31):
            assert isinstance(messages_post(batch[1:])[0], Posted)

    def test_a_scheduled_message_waits_for_its_turn(self) -> None:
        at = timezone.now() + timedelta(hours=1)
        message_schedule(by=self.ann, room=self.room, content="later", send_at=timestamp(at))
        with mock.patch("django.utils.timezone.now", return_value=at - timedelta(seconds=10)):
            self.post("one")
        with mock.patch("django.utils.timezone.now", return_value=at + timedelta(seconds=1)):
            scheduled_send_due()
        waiting = ScheduledMessage.objects.get()
        assert (waiting.error, 19 < (waiting.send_at - at).total_seconds() < 21) == ("", True)
        with mock.patch("django.utils.timezone.now", return_value=at + timedelta(seconds=22)):
            scheduled_send_due()
        assert not ScheduledMessage.objects.exists()
        assert Message.objects.latest("seq").content == "later"

    def test_a_page_knows_how_long_its_reader_has_to_wait(self) -> None:
        def wait(user: User) -> float:
            membership = get_membership(user, self.room)
            assert membership is not None
            return slow_mode_wait(user, self.room, membership)

        assert wait(self.ann) == 0
        self.post("one")
        assert 29 < wait(self.ann) <= 30
        self.post("one", by=self.owner)
        assert wait(self.owner) == 0
        with self.later(31):
            assert wait(self.ann) == 0

    def test_only_sensible_intervals(self) -> None:
        for seconds in (-1, 6 * 3600 + 1):
            with pytest.raises(InvalidField):
                room_update(by=self.owner, room=self.room, slow_seconds=seconds)

    def test_other_rooms_cost_no_query(self) -> None:
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                messages_post([NewMessage(self.room.pk, self.owner, "x")])
            return len(captured)

        queries()
        slow = queries()
        room_update(by=self.owner, room=self.room, slow_seconds=0)
        assert queries() == slow - 1


class Together(TogetherCase):
    def test_of_several_sends_at_once_one_is_posted(self) -> None:
        owner, ann = (User.objects.create_user(name) for name in ("olga", "ann"))
        room = room_create(by=owner, name="tea", slow_seconds=30)
        room.memberships.create(user=ann)
        sends = [lambda number=n: message_post(by=ann, room=room, content=f"m{number}") for n in range(8)]
        results = self.together(*sends)
        assert sum(isinstance(result, Posted) for result in results) == 1, results
        assert sum(isinstance(result, SlowMode) for result in results) == 7, results
        assert Room.objects.get().last_seq == 1
