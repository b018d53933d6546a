"""Saved messages and their reminders, without sockets."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import TransactionTestCase
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chatproject.realtime.delivery.publish import Signal
from notifications.models import Notification
from notifications.tests.support import told
from rooms import signals
from rooms.errors import Conflict, InvalidField, NotFound, ServiceError
from rooms.models import Message, Preferences, Room, SavedMessage, User
from rooms.selectors.saved_messages import reminder_count, reminder_counts, saved_by, saved_seqs
from rooms.services import saved_messages
from rooms.services.direct_rooms import direct_room_open
from rooms.services.members import member_add, member_join, member_remove
from rooms.services.mention_notices import mentions_notify
from rooms.services.messages import message_delete, message_edit
from rooms.services.posting import NewMessage, message_post, messages_post
from rooms.services.reminders import reminders_send
from rooms.services.rooms import room_create, room_delete
from rooms.services.saved_messages import message_save, message_unsave, reminder_set
from rooms.tests.services.test_posting import WithRoom
from rooms.tests.support.concurrency import TogetherCase


def in_an_hour() -> str:
    return (timezone.now() + timedelta(hours=1)).isoformat()


def let_time_pass() -> None:
    """Make every reminder due."""
    SavedMessage.objects.filter(remind_at__isnull=False).update(remind_at=timezone.now() - timedelta(minutes=5))


def sent(outgoing: object) -> object:
    """Return what reached the publisher, which is more than the announcements that `announced` promises."""
    return outgoing


def reminded_so_far() -> list[tuple[str, str, str]]:
    """Send due reminders, and return the recipient, title and body of all notifications so far."""
    reminders_send()
    return told()


class Saving(WithRoom):
    def setUp(self) -> None:
        self.post("Tea at *four*.")
        self.post("Cake.", by=self.ben)

    def save(self, seq: int = 1, by: User | None = None, room: Room | None = None) -> SavedMessage:
        return message_save(by=by or self.ben, room=room or self.room, seq=seq)

    def seqs(self, user: User | None = None) -> list[int]:
        return [saved.message.seq for saved in saved_by(user or self.ben)]

    def test_a_message_is_saved_once_and_for_its_user_only(self) -> None:
        first = self.save(1)
        assert self.save(1).pk == first.pk
        self.save(2)
        assert self.seqs() == [2, 1]
        assert sorted(saved_seqs(self.ben, self.room)) == [1, 2]
        assert (self.seqs(self.ann), saved_seqs(self.ann, self.room)) == ([], [])

    def test_saving_is_no_change_of_the_message_and_tells_only_the_users_own_sockets(self) -> None:
        before = Room.objects.get(pk=self.room.pk).version
        (signal,) = self.announced(self.save)
        assert isinstance(signal, Signal)
        ((group, ((user_id, fields),)),) = signal.by_group.items()
        assert (group, user_id) == (f"user.{self.ben.pk}", self.ben.pk)
        assert (fields["room_name"], fields["seq"], fields["reminders"]) == ("tea", 1, 0)
        assert fields["saved"]["remind_at"] is None
        assert Room.objects.get(pk=self.room.pk).version == before
        assert self.announced(self.save) == []

    def test_removing_a_saved_message_is_idempotent(self) -> None:
        self.save()
        remove = lambda: message_unsave(by=self.ben, room=self.room, seq=1)  # noqa: E731
        (signal,) = self.announced(remove)
        assert isinstance(signal, Signal)
        assert signal.by_group[f"user.{self.ben.pk}"][0][1]["saved"] is None
        assert self.announced(remove) == []
        assert self.seqs() == []

    def test_what_one_can_not_read_any_more_is_not_shown_until_one_can_again(self) -> None:
        self.save()
        member_remove(by=self.owner, room=self.room, user=self.ben)
        assert self.seqs() == []
        member_add(by=self.owner, room=self.room, user=self.ben)
        assert self.seqs() == [1]
        User.objects.filter(pk=self.ben.pk).update(is_active=False)
        assert self.seqs() == []

    def test_a_deleted_message_is_no_longer_saved_and_can_not_be(self) -> None:
        self.save()
        message_delete(by=self.ann, room=self.room, seq=1)
        assert not SavedMessage.objects.exists()
        with pytest.raises(Conflict, match="deleted"):
            self.save()
        with pytest.raises(NotFound):
            self.save(99)

    def test_the_number_of_saved_messages_is_limited_to_those_one_can_see(self) -> None:
        self.addCleanup(setattr, saved_messages, "MAX_SAVED", saved_messages.MAX_SAVED)
        saved_messages.MAX_SAVED = 1
        self.save(1)
        with pytest.raises(Conflict, match=r"at most 1 message\. Remove one first"):
            self.save(2)
        self.save(1)
        member_remove(by=self.owner, room=self.room, user=self.ben)
        square = room_create(by=self.ben, name="square")
        message_post(by=self.ben, room=square, content="x")
        self.save(1, room=square)

    def test_a_reminder_saves_the_message_and_can_be_changed_and_removed(self) -> None:
        def remind(moment: str | None) -> SavedMessage:
            return reminder_set(by=self.ben, room=self.room, seq=1, remind_at=moment)

        moment = in_an_hour()
        assert remind(moment).remind_at is not None
        assert self.announced(lambda: remind(moment)) == []
        assert self.save(1).remind_at is not None
        assert len(self.announced(lambda: remind(None))) == 1
        assert SavedMessage.objects.get().remind_at is None

    def test_the_time_of_a_reminder_must_be_ahead_and_have_a_time_zone(self) -> None:
        now = timezone.now()

        def refused(value: object) -> bool:
            with pytest.raises(InvalidField, match="remind_at"):
                reminder_set(by=self.ben, room=self.room, seq=1, remind_at=value)
            return not SavedMessage.objects.exists()

        later = now + timedelta(days=1)
        for text in ("", "tomorrow", "2036-05-01", later.replace(tzinfo=None).isoformat(), "2036-13-01T00:00:00Z"):
            assert refused(text)
        for moment in (now - timedelta(minutes=2), now + timedelta(days=5 * 366 + 1)):
            assert refused(moment.isoformat())
        others: list[object] = [5, ["x"], {}, True]
        for other in (*others, "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"):
            assert refused(other)
        zoned = later.strftime("%Y-%m-%dT09:00:00+02:00")
        saved = reminder_set(by=self.ben, room=self.room, seq=1, remind_at=zoned)
        assert saved.remind_at is not None
        assert (saved.remind_at.astimezone(timezone.get_default_timezone()).hour) == 7

    def test_posting_takes_no_further_query(self) -> None:
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                messages_post([NewMessage(self.room.pk, self.ann, "x")])
            return len(captured)

        plain = queries()
        for user in (self.ann, self.ben):
            self.save(1, by=user)
        assert queries() == plain


class Reminding(WithRoom):
    def setUp(self) -> None:
        Room.objects.filter(pk=self.room.pk).update(title="The hall")
        User.objects.filter(pk=self.ann.pk).update(display_name="Alice")
        self.post("Tea at *four*.")

    def remind(self, by: User | None = None, seq: int = 1, room: Room | None = None) -> None:
        reminder_set(by=by or self.ben, room=room or self.room, seq=seq, remind_at=in_an_hour())

    def test_a_due_reminder_notifies_its_user_once_on_their_own_topic_and_sockets(self) -> None:
        self.remind()
        assert reminded_so_far() == []
        let_time_pass()
        announced = self.announced(reminders_send)
        assert reminded_so_far() == [("ben", "Reminder: Alice in The hall", "Tea at four.")]
        notification = Notification.objects.get()
        assert notification.payload == {
            "kind": "reminder",
            "room_name": "tea",
            "room_title": "The hall",
            "seq": 1,
            "user_name": "ann",
            "display_name": "Alice",
        }
        assert notification.author is None
        (signal,) = [one for one in map(sent, announced) if isinstance(one, Signal)]
        fields = signal.by_group[f"user.{self.ben.pk}"][0][1]
        assert fields["reminder"] == {"title": "Reminder: Alice in The hall", "body": "Tea at four."}
        assert fields["reminders"] == reminder_count(self.ben.pk) == 1
        assert reminder_counts({self.ben.pk, self.ann.pk}) == {self.ben.pk: 1}
        assert SavedMessage.objects.get().reminded_at is not None

    def test_pages_do_not_show_it_during_do_not_disturb_and_quiet_hours(self) -> None:
        now = timezone.now()
        hour = timedelta(hours=1)
        hours = {"quiet_from": (now - hour).time(), "quiet_until": (now + hour).time(), "time_zone": "UTC"}
        wishes: list[dict[str, Any]] = [{"dnd_until": now + hour}, hours]
        for number, wish in enumerate(wishes, start=1):
            Preferences.objects.all().delete()
            Preferences.objects.create(user=self.ben, **wish)
            for user in (self.ben, self.owner):
                self.remind(by=user)
            let_time_pass()
            outgoing = map(sent, self.announced(reminders_send))
            frames: dict[str, Any] = {}
            for one in outgoing:
                if isinstance(one, Signal):
                    frames |= {group: messages[0][1] for group, messages in one.by_group.items()}
            quiet, other = (frames[f"user.{user.pk}"] for user in (self.ben, self.owner))
            assert ("reminder" in quiet, "reminder" in other) == (False, True)
            assert (quiet["reminders"], other["reminders"]) == (1, 1)
            assert len(reminded_so_far()) == 2 * number

    def test_a_new_time_reminds_again(self) -> None:
        self.remind()
        let_time_pass()
        assert len(reminded_so_far()) == 1
        self.remind()
        assert reminder_count(self.ben.pk) == 0
        let_time_pass()
        assert len(reminded_so_far()) == 2

    def test_reminders_that_were_removed_or_whose_message_was_deleted_are_not_sent(self) -> None:
        self.post("Cake.")
        for seq in (1, 2):
            self.remind(seq=seq)
        message_unsave(by=self.ben, room=self.room, seq=1)
        message_delete(by=self.ann, room=self.room, seq=2)
        let_time_pass()
        assert reminded_so_far() == []

    def test_who_can_not_read_the_message_when_it_is_due_is_not_reminded_then_or_later(self) -> None:
        self.remind()
        member_remove(by=self.owner, room=self.room, user=self.ben)
        let_time_pass()
        assert reminded_so_far() == []
        assert reminder_count(self.ben.pk) == 0
        member_add(by=self.owner, room=self.room, user=self.ben)
        assert reminded_so_far() == []
        assert reminder_count(self.ben.pk) == 1

    def test_losing_access_withdraws_the_notification(self) -> None:
        self.remind()
        let_time_pass()
        reminded_so_far()
        member_remove(by=self.owner, room=self.room, user=self.ben)
        assert [(row.title, row.payload) for row in Notification.objects.all()] == [("", None)]

    def test_edits_and_deletions_change_the_notification_of_everybody_who_was_told(self) -> None:
        message_post(by=self.ann, room=self.room, content="@ben: cake")
        for user in (self.ben, self.owner):
            self.remind(by=user, seq=2)
        let_time_pass()
        reminded_so_far()
        Message.objects.update(created_at=timezone.now() - timedelta(minutes=1))
        mentions_notify()
        message_unsave(by=self.ben, room=self.room, seq=2)
        message_edit(by=self.ann, room=self.room, seq=2, content="@ben: pie")
        after = {(name, title, body) for name, title, body in reminded_so_far()}
        reminder = "Reminder: Alice in The hall"
        assert after == {
            ("ben", "Alice mentioned you in The hall", "@ben: pie"),
            ("ben", reminder, "@ben: pie"),
            ("olga", reminder, "@ben: pie"),
        }
        message_edit(by=self.ann, room=self.room, seq=2, content="pie")
        assert {(name, title) for name, title, _ in reminded_so_far()} == {
            ("ben", ""),
            ("ben", reminder),
            ("olga", reminder),
        }
        message_delete(by=self.ann, room=self.room, seq=2)
        assert {title for _, title, _ in reminded_so_far()} == {""}

    def test_a_reminder_in_a_direct_room_names_the_person_only(self) -> None:
        talk, _ = direct_room_open(by=self.ann, people=[self.ben])
        message_post(by=self.ann, room=talk, content="x")
        self.remind(room=talk)
        let_time_pass()
        assert [title for _, title, _ in reminded_so_far()] == ["Reminder: Alice"]

    def test_deleting_a_room_with_waiting_and_sent_reminders_leaves_nothing(self) -> None:
        self.post("Cake.")
        self.remind(seq=1)
        let_time_pass()
        reminded_so_far()
        self.remind(seq=2)
        room_delete(by=self.owner, room=self.room)
        assert not SavedMessage.objects.exists()
        assert {title for _, title, _ in reminded_so_far()} == {""}

    def test_a_process_that_dies_between_claiming_and_notifying_loses_nothing(self) -> None:
        def fail(**_: Any) -> None:
            raise RuntimeError

        self.remind()
        let_time_pass()
        signals.reminders_due.connect(fail)
        try:
            with pytest.raises(RuntimeError):
                reminders_send()
        finally:
            signals.reminders_due.disconnect(fail)
        assert SavedMessage.objects.get().reminded_at is None
        assert not Notification.objects.exists()
        assert len(reminded_so_far()) == 1

    def test_many_reminders_are_sent_in_a_few_queries(self) -> None:
        def queries() -> int:
            let_time_pass()
            with CaptureQueriesContext(connection) as captured:
                reminders_send()
            return len(captured)

        for user in (self.owner, self.ann, self.ben):
            self.remind(by=user)
        queries()
        self.remind()
        few = queries()
        for user in (self.owner, self.ann, self.ben):
            self.remind(by=user)
        assert queries() == few


class Concurrently(TogetherCase, TransactionTestCase):
    def setUp(self) -> None:
        self.ann, self.ben = (User.objects.create_user(name) for name in ("ann", "ben"))
        self.room = room_create(by=self.ann, name="tea")
        member_join(user=self.ben, room=self.room)
        for content in "abcdefgh":
            message_post(by=self.ann, room=self.room, content=content)

    def test_two_processes_reminding_at_the_same_time_remind_nobody_twice(self) -> None:
        for round_number in range(1, 6):
            for seq in range(1, 9):
                reminder_set(by=self.ben, room=self.room, seq=seq, remind_at=in_an_hour())
            let_time_pass()
            assert self.together(reminders_send, reminders_send) == [None, None]
            reminders_send()
            assert Notification.objects.count() == 8 * round_number

    def test_nobody_keeps_a_reminder_of_what_they_were_losing_access_to(self) -> None:
        Room.objects.update(kind=Room.Kind.PRIVATE)
        for _ in range(5):
            reminder_set(by=self.ben, room=self.room, seq=1, remind_at=in_an_hour())
            let_time_pass()
            self.together(reminders_send, lambda: member_remove(by=self.ann, room=self.room, user=self.ben))
            reminders_send()
            assert not Notification.objects.filter(deleted_at=None).exists()
            member_add(by=self.ann, room=self.room, user=self.ben)

    def test_a_message_is_not_saved_while_it_is_being_deleted(self) -> None:
        for seq in range(1, 9):
            results = self.together(
                partial(message_save, by=self.ben, room=self.room, seq=seq),
                partial(message_delete, by=self.ann, room=self.room, seq=seq),
            )
            assert all(isinstance(one, SavedMessage | Message | ServiceError) for one in results), results
        assert not SavedMessage.objects.exists()
