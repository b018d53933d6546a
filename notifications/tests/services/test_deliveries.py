"""Deliveries: what causes them, when they are still wanted, and that none is lost or sent by two processes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import transaction
from django.utils import timezone

from chatproject.models import Connection, ServerProcess
from notifications.models import Delivery, Notification
from notifications.selectors.deliveries import CONNECTED_DELAY, Dropped, Later
from notifications.services import deliveries
from notifications.services.deliveries import Channel, News, Outcome
from notifications.services.posting import notify_person
from notifications.services.unread import notification_read
from notifications.tests.support import NotificationCase
from rooms.models import Membership, Message, Preferences, SavedMessage, User
from rooms.services.invitations import invitation_create, invitation_withdraw
from rooms.services.members import member_remove
from rooms.services.mention_notices import mentions_notify
from rooms.services.messages import message_delete
from rooms.services.posting import message_post
from rooms.services.read_marks import read_mark_move
from rooms.services.reminders import reminders_send
from rooms.services.saved_messages import message_unsave, reminder_set
from rooms.tests.support.concurrency import TogetherCase

State = Delivery.State
SENT = Outcome(State.SENT, "ok")


class Recorder(Channel):
    """A channel with one target per user that notes what it is given."""

    name = "test"
    max_sends = 4

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.outcomes: list[Outcome] = []
        self.finishes: list[tuple[str, Outcome]] = []
        self.prepared: Dropped | Later | None = None

    def deliveries(self, news: Sequence[News]) -> list[Delivery]:
        return [deliveries.new_delivery(self, one, self.key(one)) for one in news]

    def key(self, news: News) -> str:
        what = news.notification.pk if news.notification is not None else f"{news.room_id}-{news.seq}"
        return f"test:{news.user_id}:{what}"

    def prepare(self, delivery: Delivery) -> Any:
        return self.prepared or delivery.dedupe_key

    def send(self, prepared: Any) -> Outcome:
        self.sent.append(prepared)
        return self.outcomes.pop(0) if self.outcomes else SENT

    def finished(self, delivery: Delivery, outcome: Outcome) -> None:
        self.finishes.append((delivery.dedupe_key, outcome))


class DeliveryCase(NotificationCase):
    def setUp(self) -> None:
        super().setUp()
        self.channel = Recorder()
        patched = mock.patch.dict(deliveries.channels, {"test": self.channel}, clear=True)
        patched.start()
        self.addCleanup(patched.stop)

    def work(self) -> list[str]:
        """Send what is due, as a server process does, and return what was sent."""
        before = len(self.channel.sent)
        while claimed := deliveries.deliveries_claim(self.channel, 4):
            for delivery, prepared in claimed:
                deliveries.delivery_finish(self.channel, delivery, self.channel.send(prepared))
        return self.channel.sent[before:]

    def pass_time(self, time: timedelta) -> None:
        for delivery in Delivery.objects.all():
            delivery.due_at, delivery.created_at = delivery.due_at - time, delivery.created_at - time
            delivery.save(update_fields=["due_at", "created_at"])

    def states(self) -> list[tuple[str, str]]:
        return list(Delivery.objects.order_by("pk").values_list("state", "last_status"))


class Causes(DeliveryCase):
    def test_a_notification_that_its_owner_has_yet_to_read_causes_one(self) -> None:
        notify_person(user=self.ben, title="news")
        notify_person(user=self.ben, title="of his own", by=self.ben)
        (delivery,) = Delivery.objects.all()
        assert delivery.notification == Notification.objects.get(title="news")
        assert (delivery.user, delivery.state, delivery.attempts) == (self.ben, State.WAITING, 0)
        assert len(self.work()) == 1
        assert self.work() == []
        assert self.states() == [(State.SENT, "ok")]

    def test_it_is_not_written_if_its_cause_is_rolled_back(self) -> None:
        with pytest.raises(RuntimeError), transaction.atomic():
            notify_person(user=self.ben, title="news")
            raise RuntimeError
        assert not Delivery.objects.exists()

    def test_a_reminder_causes_one_until_it_is_done(self) -> None:
        message = message_post(by=self.ann, room=self.tea, content="milk").message
        for _ in range(2):
            reminder_set(
                by=self.ben, room=self.tea, seq=message.seq, remind_at=(timezone.now() + timedelta(hours=1)).isoformat()
            )
            SavedMessage.objects.update(remind_at=timezone.now())
            reminders_send()
        assert Delivery.objects.count() == 2
        (_, _) = self.work()
        reminder_set(
            by=self.ben, room=self.tea, seq=message.seq, remind_at=(timezone.now() + timedelta(hours=1)).isoformat()
        )
        SavedMessage.objects.update(remind_at=timezone.now())
        reminders_send()
        message_unsave(by=self.ben, room=self.tea, seq=message.seq)
        assert self.work() == []
        assert self.states()[2] == (State.DROPPED, "done")


class StillWanted(DeliveryCase):
    def mention_ben(self) -> Message:
        message = message_post(by=self.ann, room=self.tea, content="@ben come").message
        Message.objects.filter(pk=message.pk).update(created_at="2026-01-01T00:00:00Z")
        mentions_notify()
        assert Delivery.objects.filter(state=State.WAITING).count() == 1
        return message

    def test_not_what_was_read_in_the_room(self) -> None:
        message = self.mention_ben()
        read_mark_move(user=self.ben, room=self.tea, seq=message.seq)
        assert self.work() == []
        assert self.states() == [(State.DROPPED, "read")]

    def test_not_what_was_opened(self) -> None:
        notify_person(user=self.ben, title="news")
        notification_read(by=self.ben, seq=1)
        assert self.work() == []
        assert self.states() == [(State.DROPPED, "read")]

    def test_not_a_deleted_message(self) -> None:
        message_delete(by=self.ann, room=self.tea, seq=self.mention_ben().seq)
        assert self.work() == []
        assert self.states() == [(State.DROPPED, "withdrawn")]

    def test_not_about_a_room_that_was_left(self) -> None:
        self.mention_ben()
        member_remove(by=self.olga, room=self.tea, user=self.ben)
        assert self.work() == []

    def test_not_a_withdrawn_invitation(self) -> None:
        invitation_create(by=self.olga, room=self.tea, user=self.zed)
        assert Delivery.objects.filter(user=self.zed).count() == 1
        invitation_withdraw(by=self.olga, room=self.tea, user=self.zed)
        assert self.work() == []

    def test_not_for_a_deactivated_account(self) -> None:
        notify_person(user=self.ben, title="news")
        User.objects.filter(pk=self.ben.pk).update(is_active=False)
        assert self.work() == []
        assert self.states() == [(State.DROPPED, "the account is deactivated")]

    def test_people_with_an_open_page_have_a_minute_to_read_it_there(self) -> None:
        process = ServerProcess.objects.create(host="here", pid=1)
        Connection.objects.create(pk="one", process=process, user=self.ben, opened_at=timezone.now())
        notify_person(user=self.ben, title="news")
        notify_person(user=self.zed, title="news")
        assert [key.split(":")[1] for key in self.work()] == [str(self.zed.pk)]
        delivery = Delivery.objects.get(user=self.ben)
        assert (delivery.state, delivery.attempts) == (State.WAITING, 0)
        assert delivery.due_at == delivery.created_at + CONNECTED_DELAY
        self.pass_time(CONNECTED_DELAY)
        assert len(self.work()) == 1

    def test_people_who_are_away_from_their_open_pages_get_them_at_once(self) -> None:
        process = ServerProcess.objects.create(host="here", pid=1)
        for name in ("one", "two"):
            Connection.objects.create(pk=name, process=process, user=self.ben, opened_at=timezone.now(), idle=True)
        notify_person(user=self.ben, title="news")
        assert len(self.work()) == 1
        Connection.objects.filter(pk="two").update(idle=False)
        notify_person(user=self.ben, title="more news")
        assert self.work() == []

    def test_not_where_notifications_were_turned_off_meanwhile(self) -> None:
        self.mention_ben()
        Membership.objects.filter(room=self.tea, user=self.ben).update(level=Membership.Level.NOTHING)
        assert self.work() == []
        assert self.states() == [(State.DROPPED, "notifications of the room are off")]

    def test_not_while_people_are_not_to_be_disturbed(self) -> None:
        until = timezone.now() + timedelta(hours=1)
        preferences = Preferences.objects.create(user=self.ben, dnd_until=until)
        notify_person(user=self.ben, title="news")
        assert self.work() == []
        assert Delivery.objects.get().due_at == until
        self.pass_time(timedelta(hours=1))
        preferences.dnd_until = None
        preferences.save()
        assert len(self.work()) == 1

    def test_a_message_without_a_notification(self) -> None:
        Membership.objects.filter(room=self.tea).update(level=Membership.Level.EVERYTHING)
        message = message_post(by=self.ann, room=self.tea, content="x").message
        news = [News(user.pk, room_id=self.tea.pk, seq=message.seq) for user in (self.ben, self.zed)]
        deliveries.deliveries_create(news)
        assert len(self.work()) == 1
        assert ("dropped", "no access to the room") in self.states()
        Delivery.objects.all().delete()
        deliveries.deliveries_create(news[:1])
        read_mark_move(user=self.ben, room=self.tea, seq=message.seq)
        assert self.work() == []
        assert self.states() == [(State.DROPPED, "read")]


class Sending(DeliveryCase):
    def due_in(self) -> timedelta:
        return Delivery.objects.get().due_at - timezone.now()

    def test_the_same_key_is_delivered_once(self) -> None:
        notify_person(user=self.ben, title="news")
        deliveries.deliveries_create([News(self.ben.pk, Notification.objects.get())])
        assert len(self.work()) == 1
        deliveries.deliveries_create([News(self.ben.pk, Notification.objects.get())])
        assert self.work() == []

    def test_failed_attempts_are_repeated_ever_later_and_in_the_end_given_up(self) -> None:
        notify_person(user=self.ben, title="news")
        pauses = []
        for _ in range(deliveries.MAX_ATTEMPTS - 1):
            self.channel.outcomes = [Outcome(State.WAITING, "status 503")]
            assert len(self.work()) == 1
            pauses.append(round(self.due_in().total_seconds() / 30))
            assert self.states() == [(State.WAITING, "status 503")]
            self.pass_time(deliveries.MAX_RETRY)
        assert pauses == [1, 2, 4, 8, 16, 32, 64]
        self.channel.outcomes = [Outcome(State.WAITING, "status 503")]
        assert len(self.work()) == 1
        assert self.states() == [(State.FAILED, "given up: status 503")]
        assert self.channel.finishes[-1][1].state == State.FAILED

    def test_it_waits_as_long_as_the_receiver_says(self) -> None:
        notify_person(user=self.ben, title="news")
        self.channel.outcomes = [Outcome(State.WAITING, "status 429", timedelta(hours=5))]
        self.work()
        assert timedelta(hours=4, minutes=59) < self.due_in() <= timedelta(hours=5)

    def test_a_channel_can_postpone_and_drop(self) -> None:
        notify_person(user=self.ben, title="news")
        self.channel.prepared = Later(timezone.now() + timedelta(hours=2))
        assert self.work() == []
        assert Delivery.objects.get().attempts == 0
        assert timedelta(hours=1, minutes=59) < self.due_in()
        self.pass_time(timedelta(hours=2))
        self.channel.prepared = Dropped("no target")
        assert self.work() == []
        assert self.states() == [(State.DROPPED, "no target")]
        assert self.channel.finishes == []

    def test_what_a_killed_process_had_claimed_is_claimed_again(self) -> None:
        notify_person(user=self.ben, title="news")
        ((claimed, _),) = deliveries.deliveries_claim(self.channel, 4)
        assert self.work() == []
        self.pass_time(timedelta(seconds=deliveries.CLAIM_SECONDS))
        assert self.work() == [claimed.dedupe_key]
        # The process was not dead after all: what it reports comes too late.
        deliveries.delivery_finish(self.channel, claimed, Outcome(State.FAILED, "late"))
        assert self.states() == [(State.SENT, "ok")]

    def test_old_ones_are_removed_and_not_sent_any_more(self) -> None:
        for title in ("sent", "waiting", "new"):
            notify_person(user=self.ben, title=title)
        long_ago = timezone.now() - deliveries.KEPT_FOR - timedelta(hours=1)
        sent, waiting, new = Delivery.objects.order_by("pk")
        Delivery.objects.filter(pk=sent.pk).update(state=State.SENT, finished_at=long_ago)
        Delivery.objects.filter(pk=waiting.pk).update(created_at=long_ago)
        deliveries.deliveries_sweep()
        assert list(Delivery.objects.order_by("pk").values_list("pk", "state")) == [
            (waiting.pk, State.DROPPED),
            (new.pk, State.WAITING),
        ]


class Together(TogetherCase):
    def test_each_is_claimed_by_one_process(self) -> None:
        channel = Recorder()
        with mock.patch.dict(deliveries.channels, {"test": channel}, clear=True):
            user = User.objects.create_user("ann")
            for number in range(40):
                notify_person(user=user, title=str(number))

            def work() -> list[str]:
                keys = []
                while claimed := deliveries.deliveries_claim(channel, 3):
                    for delivery, prepared in claimed:
                        deliveries.delivery_finish(channel, delivery, channel.send(prepared))
                        keys.append(delivery.dedupe_key)
                return keys

            results = self.together(work, work, work, work)
        assert sorted(channel.sent) == sorted(set(channel.sent))
        assert sum(len(keys) for keys in results if isinstance(keys, list)) == len(channel.sent)
        # A process that meets only locked rows goes on later; the next round finds what is left.
        while claimed := deliveries.deliveries_claim(channel, 3):
            for delivery, prepared in claimed:
                deliveries.delivery_finish(channel, delivery, channel.send(prepared))
        assert len(set(channel.sent)) == len(channel.sent) == 40
