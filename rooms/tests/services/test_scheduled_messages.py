"""Scheduled messages: who may schedule what, that each is sent once, and what happens if it can't be sent."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from notifications.models import Notification
from notifications.services.unread import notifications_read_with
from notifications.tests.support import told
from rooms.errors import Conflict, InvalidField, NotFound, TooLarge
from rooms.models import Membership, Message, Room, ScheduledMessage, User
from rooms.selectors.scheduled_messages import scheduled_by, scheduled_counts
from rooms.services import scheduled_messages
from rooms.services.blocks import user_block, user_unblock
from rooms.services.direct_rooms import direct_room_open
from rooms.services.members import member_add, member_remove
from rooms.services.posting import message_post
from rooms.services.rooms import room_close, room_create, room_delete, room_reopen
from rooms.services.scheduled_messages import (
    message_schedule,
    scheduled_delete,
    scheduled_send,
    scheduled_send_due,
    scheduled_update,
)
from rooms.signals import MessagesRead
from rooms.tests.support.api_case import ApiCase
from rooms.tests.support.concurrency import TogetherCase


def later(**time: int) -> str:
    return (timezone.now() + timedelta(**time)).isoformat()


class ScheduledCase(ApiCase):
    def schedule(self, content: str = "milk", by: User | None = None, room: Room | None = None) -> ScheduledMessage:
        return message_schedule(by=by or self.ann, room=room or self.tea, content=content, send_at=later(hours=1))

    def contents(self) -> list[str]:
        return list(Message.objects.filter(room=self.tea).order_by("seq").values_list("content", flat=True))

    def pass_hours(self, hours: int) -> None:
        for scheduled in ScheduledMessage.objects.all():
            scheduled.send_at -= timedelta(hours=hours)
            scheduled.save()

    def titles(self, user: User) -> list[tuple[str, str]]:
        return [(title, body) for name, title, body in told() if name == user.username]


class Scheduling(ScheduledCase):
    def test_a_message_is_sent_when_it_is_due_and_only_once(self) -> None:
        original = message_post(by=self.ben, room=self.tea, content="tea?").message
        message_schedule(by=self.ann, room=self.tea, content="yes", send_at=later(hours=1), reply_to=original.seq)
        scheduled_send_due()
        assert self.contents() == ["tea?"]
        self.pass_hours(1)
        scheduled_send_due()
        scheduled_send_due()
        assert self.contents() == ["tea?", "yes"]
        message = Message.objects.get(content="yes")
        assert (message.author, message.reply_to_seq) == (self.ann, original.seq)
        assert message.created_at > timezone.now() - timedelta(minutes=1)
        assert not ScheduledMessage.objects.exists()

    def test_only_its_author_sees_it(self) -> None:
        scheduled = self.schedule()
        assert list(scheduled_by(self.ann)) == [scheduled]
        assert scheduled_counts([self.ann.pk, self.ben.pk]) == {self.ann.pk: 1}
        for act in (scheduled_delete, scheduled_send, scheduled_update):
            with pytest.raises(NotFound):
                act(by=self.ben, scheduled_id=scheduled.pk)
        assert ScheduledMessage.objects.get() == scheduled

    def test_the_same_is_checked_as_for_a_message_that_is_sent_now(self) -> None:
        def refused(error: type[Exception], by: User, content: object = "x", **values: Any) -> None:
            given: dict[str, Any] = {"room": self.tea, "send_at": later(hours=1)} | values
            with pytest.raises(error):
                message_schedule(by=by, content=content, **given)

        refused(InvalidField, self.ann, " \n ")
        refused(InvalidField, self.ann, 5)
        refused(TooLarge, self.ann, "x" * 8001)
        refused(NotFound, self.zed)
        refused(NotFound, self.ann, reply_to=7)
        refused(Conflict, self.zed, room=self.square)
        refused(InvalidField, self.ann, send_at="2020-01-01T00:00:00Z")
        refused(InvalidField, self.ann, send_at="tomorrow")
        room_close(by=self.olga, room=self.tea)
        refused(Conflict, self.ann)
        direct, _ = direct_room_open(by=self.ann, people=[self.ben])
        user_block(by=self.ben, user=self.ann)
        refused(Conflict, self.ann, room=direct)
        assert not ScheduledMessage.objects.exists()

    def test_one_user_can_schedule_a_limited_number(self) -> None:
        row = self.schedule()
        rows = [
            ScheduledMessage(author=self.ann, room=self.tea, content="x", send_at=row.send_at)
            for _ in range(scheduled_messages.MAX_SCHEDULED - 2)
        ]
        ScheduledMessage.objects.bulk_create(rows)
        self.schedule()
        with pytest.raises(Conflict):
            self.schedule()
        self.schedule(by=self.ben)

    def test_editing_changes_what_is_sent_and_when(self) -> None:
        scheduled = self.schedule()
        scheduled_update(by=self.ann, scheduled_id=scheduled.pk, content="oat milk", send_at=later(hours=3))
        self.pass_hours(2)
        scheduled_send_due()
        assert self.contents() == []
        for wrong in ({"content": ""}, {"send_at": "2020-01-01T00:00:00Z"}):
            with pytest.raises(InvalidField):
                scheduled_update(by=self.ann, scheduled_id=scheduled.pk, **wrong)
        self.pass_hours(1)
        scheduled_send_due()
        assert self.contents() == ["oat milk"]

    def test_it_gets_no_new_time_while_it_could_not_be_sent(self) -> None:
        scheduled = self.schedule()
        room_close(by=self.olga, room=self.tea)
        for fields in ({"send_at": later(hours=2)}, {"send_at": later(hours=2), "content": "tea"}):
            with pytest.raises(Conflict, match="This room is archived"):
                scheduled_update(by=self.ann, scheduled_id=scheduled.pk, **fields)
        scheduled_update(by=self.ann, scheduled_id=scheduled.pk, content="oat milk")
        kept = ScheduledMessage.objects.get()
        assert (kept.content, kept.send_at) == ("oat milk", scheduled.send_at)
        room_reopen(by=self.olga, room=self.tea)
        scheduled_update(by=self.ann, scheduled_id=scheduled.pk, send_at=later(hours=2))
        member_remove(by=self.olga, room=self.tea, user=self.ann)
        with pytest.raises(NotFound):
            scheduled_update(by=self.ann, scheduled_id=scheduled.pk, send_at=later(hours=3))

    def test_a_message_can_be_sent_before_and_deleted(self) -> None:
        first, second = self.schedule("one"), self.schedule("two")
        assert scheduled_send(by=self.ann, scheduled_id=first.pk).content == "one"
        scheduled_delete(by=self.ann, scheduled_id=second.pk)
        for scheduled in (first, second):
            with pytest.raises(NotFound, match="Perhaps it has been sent"):
                scheduled_send(by=self.ann, scheduled_id=scheduled.pk)
        assert self.contents() == ["one"]


class Failing(ScheduledCase):
    def test_what_cannot_be_sent_stays_and_its_author_is_notified_once(self) -> None:
        scheduled = self.schedule()
        room_close(by=self.olga, room=self.tea)
        self.pass_hours(1)
        for _ in range(2):
            scheduled_send_due()
        assert self.titles(self.ann) == [
            ("Your scheduled message to Tea was not sent", "This room is archived (read-only).\nmilk")
        ]
        assert ScheduledMessage.objects.get().error == "This room is archived (read-only)."
        room_reopen(by=self.olga, room=self.tea)
        scheduled_send_due()
        assert self.contents() == []
        scheduled_update(by=self.ann, scheduled_id=scheduled.pk, send_at=later(hours=1))
        self.pass_hours(1)
        scheduled_send_due()
        assert self.contents() == ["milk"]

    def test_not_to_a_room_that_its_author_has_left(self) -> None:
        self.schedule()
        self.schedule("other", by=self.ben)
        member_remove(by=self.olga, room=self.tea, user=self.ann)
        self.pass_hours(1)
        scheduled_send_due()
        assert self.contents() == ["other"]
        assert self.titles(self.ann) == [("Your scheduled message was not sent", "Room not found.\nmilk")]

    def test_the_notification_names_the_room_and_leads_to_the_message_until_something_is_done_about_it(self) -> None:
        direct, _ = direct_room_open(by=self.ann, people=[self.ben])
        other = self.schedule("stays")
        room_close(by=self.olga, room=self.tea)
        self.pass_hours(1)
        scheduled_send_due()
        room_reopen(by=self.olga, room=self.tea)

        def settle(act: Callable[[int], object]) -> None:
            scheduled = self.schedule("**milk**\nand bread", room=direct)
            user_block(by=self.ben, user=self.ann)
            self.pass_hours(1)
            scheduled_send_due()
            user_unblock(by=self.ben, user=self.ann)
            (title, body) = self.titles(self.ann)[-1]
            assert title == "Your scheduled message to ben was not sent"
            assert body.endswith("\n**milk** and bread")
            notification = Notification.objects.latest("pk")
            self.client.force_login(self.ann)
            response = self.client.get(f"/notifications/{notification.seq}/")
            assert response.headers["Location"] == f"/scheduled/#scheduled-{scheduled.pk}"
            assert f'id="scheduled-{scheduled.pk}"' in self.client.get("/scheduled/").content.decode()
            act(scheduled.pk)
            kept = Notification.objects.exclude(pk=notification.pk).filter(deleted_at=None)
            assert [one.payload["scheduled_id"] for one in kept if one.payload] == [other.pk]
            notification.refresh_from_db()
            assert (notification.deleted_at is not None, notification.body) == (True, "")

        settle(lambda pk: scheduled_delete(by=self.ann, scheduled_id=pk))
        settle(lambda pk: scheduled_send(by=self.ann, scheduled_id=pk))
        settle(lambda pk: scheduled_update(by=self.ann, scheduled_id=pk, send_at=later(hours=1)))
        assert self.contents() == []

    def test_the_notification_goes_with_its_room_but_is_not_read_with_it(self) -> None:
        room = room_create(by=self.olga, name="cellar", title="Cellar", kind="private")
        member_add(by=self.olga, room=room, user=self.ann)
        self.schedule(room=room)
        room_close(by=self.olga, room=room)
        self.pass_hours(1)
        scheduled_send_due()
        notifications_read_with([MessagesRead(self.ann.pk, room.pk, 5)])
        assert Notification.objects.get().unread
        member_remove(by=self.olga, room=room, user=self.ann)
        assert self.titles(self.ann) == [("", "")]

    def test_not_by_a_deactivated_account(self) -> None:
        self.schedule()
        User.objects.filter(pk=self.ann.pk).update(is_active=False)
        self.pass_hours(1)
        scheduled_send_due()
        assert self.contents() == []

    def test_it_goes_with_its_room(self) -> None:
        room = room_create(by=self.ann, name="cellar", title="Cellar", kind="private")
        self.schedule(room=room)
        room_delete(by=self.ann, room=room)
        assert not ScheduledMessage.objects.exists()


class Together(TogetherCase):
    def test_each_is_sent_once(self) -> None:
        ann = User.objects.create_user("ann")
        room = Room.objects.create(name="tea")
        Membership.objects.create(room=room, user=ann)
        due = timezone.now()
        rows = [ScheduledMessage(author=ann, room=room, content=str(number), send_at=due) for number in range(20)]
        ids = [row.pk for row in ScheduledMessage.objects.bulk_create(rows)]

        def send_now() -> None:
            for scheduled_id in ids:
                with suppress(NotFound):
                    scheduled_send(by=ann, scheduled_id=scheduled_id)

        assert self.together(scheduled_send_due, send_now, scheduled_send_due) == [None] * 3
        contents = list(Message.objects.values_list("content", flat=True))
        assert sorted(map(int, contents)) == list(range(20))
        assert not ScheduledMessage.objects.exists()
        assert not Notification.objects.exists()

    def test_sending_and_deleting_the_room_do_not_deadlock(self) -> None:
        ann = User.objects.create_user("ann")
        for number in range(5):
            room = room_create(by=ann, name=f"room-{number}")
            rows = [ScheduledMessage(author=ann, room=room, content="x", send_at=timezone.now()) for _ in range(5)]
            ScheduledMessage.objects.bulk_create(rows)
            results = self.together(scheduled_send_due, lambda room=room: room_delete(by=ann, room=room))  # type: ignore[misc]
            assert results == [None, None]
        assert not ScheduledMessage.objects.exists()
