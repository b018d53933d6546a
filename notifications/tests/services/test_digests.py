"""The daily digest: when it is sent, what it says, and that it is sent once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from unittest import mock

from django.utils import timezone

from notifications.models import Delivery, Notification
from notifications.services.deliveries import channels, deliveries_claim, delivery_finish
from notifications.services.digests import digests_create
from notifications.services.posting import notify_person
from notifications.tests.mail_case import SITE, MailCase, html_of, text_of
from rooms.models import Membership, Preferences, SavedMessage, User
from rooms.services.members import member_ban
from rooms.services.messages import message_delete
from rooms.services.posting import message_post
from rooms.services.read_marks import read_mark_move
from rooms.services.reminders import reminders_send
from rooms.services.saved_messages import message_unsave, reminder_set
from rooms.tests.support.concurrency import TogetherCase
from rooms.tests.support.mail_server import MailServer

State = Delivery.State
EIGHT_IN_BERLIN = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Digest(MailCase):
    def setUp(self) -> None:
        super().setUp()
        self.wish(email=Preferences.Email.DAILY, time_zone="Europe/Berlin")

    def at(self, now: datetime) -> list[EmailMessage]:
        """Do what the periodic task does at this time, and return the mails that arrive."""
        with mock.patch.object(timezone, "now", return_value=now):
            digests_create()
            digests_create()
            return self.work("digest")

    def post(self, content: str = "hello", at: datetime | None = None) -> int:
        with mock.patch.object(timezone, "now", return_value=at or timezone.now()):
            return message_post(by=self.ann, room=self.tea, content=content).message.seq

    def remind(self, *seqs: int, at: datetime | None = None) -> None:
        """Remind Ben of messages that he saves."""
        now = at or timezone.now()
        with mock.patch.object(timezone, "now", return_value=now):
            for seq in seqs:
                reminder_set(by=self.ben, room=self.tea, seq=seq, remind_at=(now + MINUTE).isoformat())
            SavedMessage.objects.filter(reminded_at=None, message__seq__in=seqs).update(remind_at=now)
            reminders_send()

    def test_it_is_sent_at_eight_by_the_users_clock_once_a_day(self) -> None:
        self.post()
        assert self.at(EIGHT_IN_BERLIN - MINUTE) == []
        (mail,) = self.at(EIGHT_IN_BERLIN)
        assert mail["To"] == "ben@example.org"
        assert mail["Subject"] == "Your daily digest of chat.example.org"
        assert mail["List-Unsubscribe"]
        self.post(at=EIGHT_IN_BERLIN + MINUTE)
        assert self.at(EIGHT_IN_BERLIN + 2 * MINUTE) == []
        self.wish(time_zone="America/New_York")
        assert self.at(EIGHT_IN_BERLIN + timedelta(hours=6)) == []  # at 8:00 there
        assert len(self.at(EIGHT_IN_BERLIN + DAY + timedelta(hours=6))) == 1

    def test_it_keeps_to_eight_when_the_clocks_change(self) -> None:
        self.post()
        summer = datetime(2026, 10, 24, 6, 0, tzinfo=UTC)
        assert self.at(summer - MINUTE) == []
        assert len(self.at(summer)) == 1
        self.post()
        assert self.at(summer + DAY) == []
        assert len(self.at(summer + DAY + timedelta(hours=1))) == 1

    def test_without_a_zone_for_notifications_it_is_that_of_the_profile_and_else_utc(self) -> None:
        self.post()
        self.wish(time_zone="")
        User.objects.filter(pk=self.ben.pk).update(time_zone="Asia/Tokyo")
        assert len(self.at(datetime(2026, 11, 29, 23, 0, tzinfo=UTC))) == 1
        User.objects.filter(pk=self.ben.pk).update(time_zone=None)
        self.post(at=EIGHT_IN_BERLIN)
        assert self.at(datetime(2026, 11, 30, 7, 59, tzinfo=UTC)) == []
        assert len(self.at(datetime(2026, 11, 30, 8, 0, tzinfo=UTC) + DAY)) == 1

    def test_after_an_outage_it_is_late_but_not_by_a_day(self) -> None:
        self.post()
        assert self.at(EIGHT_IN_BERLIN + timedelta(hours=4)) == []
        assert len(self.at(EIGHT_IN_BERLIN + timedelta(hours=3, minutes=59))) == 1

    def test_it_lists_unread_notifications_and_rooms(self) -> None:
        notify_person(user=self.ben, title="Build failed", body="twice")
        self.post()
        self.post("@ben come")
        (mail,) = self.at(EIGHT_IN_BERLIN)
        assert f"* Build failed\n  twice\n  {SITE}/notifications/1/\n" in text_of(mail)
        assert f"* Tea: 2 unread, 1 mention\n  {SITE}/rooms/tea/\n" in text_of(mail)
        assert f'<a href="{SITE}/rooms/tea/"><bdi>Tea</bdi></a>: 2 unread, 1 mention' in html_of(mail)

    def test_reminders_are_in_it_until_they_are_done_or_set_again(self) -> None:
        for content in ("milk", "bread", "tea"):
            self.post(content)
        self.remind(1, 2, 3)
        message_unsave(by=self.ben, room=self.tea, seq=2)
        reminder_set(by=self.ben, room=self.tea, seq=3, remind_at=(EIGHT_IN_BERLIN + DAY).isoformat())
        self.mention()
        Membership.objects.filter(user=self.ben).update(level=Membership.Level.NOTHING)
        (mail,) = self.at(EIGHT_IN_BERLIN)
        assert "mentioned you" not in text_of(mail)
        assert text_of(mail).count("Reminder: ann in Tea") == 1
        assert f"* Reminder: ann in Tea\n  milk\n  Reply in the room: {SITE}/notifications/1/\n" in text_of(mail)
        self.remind(3, at=EIGHT_IN_BERLIN + MINUTE)
        (mail,) = self.at(EIGHT_IN_BERLIN + DAY)
        assert [text_of(mail).count(f"  {text}\n") for text in ("milk", "bread", "tea")] == [1, 0, 1]
        for seq in (1, 3):
            message_unsave(by=self.ben, room=self.tea, seq=seq)
        assert self.at(EIGHT_IN_BERLIN + 2 * DAY) == []

    def test_nothing_is_sent_if_nothing_is_unread(self) -> None:
        read_mark_move(user=self.ben, room=self.tea, seq=self.post())
        assert self.at(EIGHT_IN_BERLIN) == []
        assert Delivery.objects.get().last_status == "nothing is unread"

    def test_nothing_is_sent_if_nothing_is_new_since_the_last_one(self) -> None:
        self.post()
        assert len(self.at(EIGHT_IN_BERLIN)) == 1
        assert self.at(EIGHT_IN_BERLIN + DAY) == []
        self.post(at=EIGHT_IN_BERLIN + DAY)
        assert len(self.at(EIGHT_IN_BERLIN + 2 * DAY)) == 1

    def test_what_was_deleted_or_can_no_longer_be_read_is_not_in_it(self) -> None:
        message_delete(by=self.ann, room=self.tea, seq=self.post())
        assert self.at(EIGHT_IN_BERLIN) == []
        notify_person(user=self.ben, title="about Tea", room=self.tea)
        self.post()
        member_ban(by=self.olga, room=self.tea, user=self.ben)
        assert self.at(EIGHT_IN_BERLIN + DAY) == []

    def test_a_notification_about_a_room_without_access_is_left_out_even_if_it_was_not_withdrawn(self) -> None:
        notify_person(user=self.ben, title="about Tea", room=self.tea)
        notify_person(user=self.ben, title="about nothing")
        Membership.objects.filter(user=self.ben).delete()
        type(self.tea).objects.filter(pk=self.tea.pk).update(kind="private")
        assert Notification.objects.filter(deleted_at=None).count() == 2
        (mail,) = self.at(EIGHT_IN_BERLIN)
        assert "about Tea" not in text_of(mail)

    def test_muted_rooms_and_rooms_without_notifications_are_left_out(self) -> None:
        self.post("@ben come")
        Membership.objects.filter(user=self.ben).update(muted=True)
        assert self.at(EIGHT_IN_BERLIN) == []
        Membership.objects.filter(user=self.ben).update(muted=False, level=Membership.Level.NOTHING)
        assert self.at(EIGHT_IN_BERLIN + DAY) == []

    def test_not_to_people_who_want_none_or_have_no_address(self) -> None:
        self.post()
        self.wish(email=Preferences.Email.MISSED)
        assert self.at(EIGHT_IN_BERLIN) == []
        self.wish(email=Preferences.Email.DAILY)
        User.objects.filter(pk=self.ben.pk).update(email="")
        assert self.at(EIGHT_IN_BERLIN + DAY) == []
        assert not Delivery.objects.exists()

    def test_it_waits_for_the_end_of_quiet_hours(self) -> None:
        self.post()
        self.wish(dnd_until=EIGHT_IN_BERLIN + timedelta(hours=2))
        assert self.at(EIGHT_IN_BERLIN) == []
        assert len(self.at(EIGHT_IN_BERLIN + timedelta(hours=2))) == 1

    def test_the_text_can_be_hidden(self) -> None:
        self.wish(hide_content=True)
        notify_person(user=self.ben, title="secret", body="secret")
        (mail,) = self.at(EIGHT_IN_BERLIN)
        assert "secret" not in text_of(mail) + html_of(mail)


class TwoProcesses(TogetherCase):
    def test_processes_that_make_the_digest_at_once_send_one(self) -> None:
        ben = User.objects.create_user("ben", email="ben@example.org")
        Preferences.objects.create(user=ben, email=Preferences.Email.DAILY)
        server = MailServer()
        server.start()
        self.addCleanup(server.stop)

        def run() -> None:
            digests_create()
            while claimed := deliveries_claim(channels["digest"], 1):
                for delivery, prepared in claimed:
                    delivery_finish(channels["digest"], delivery, channels["digest"].send(prepared))

        now = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
        with (
            self.settings(EMAIL_CONFIGURED=True, PUBLIC_URL=SITE, **server.settings),
            mock.patch.object(timezone, "now", return_value=now),
        ):
            notify_person(user=ben, title="news")
            assert self.together(run, run, run) == [None, None, None]
        assert [mail["To"] for mail in server.mails] == ["ben@example.org"]
