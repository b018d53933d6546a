"""Mails about what was missed, sent to a real mail server."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from chatproject.models import Connection, ServerProcess
from notifications.models import Delivery, Notification
from notifications.services.deliveries import MAX_ATTEMPTS, channels, deliveries_claim, delivery_finish
from notifications.services.mails import CONNECTED_UNTIL, MISSED_AFTER, PAUSES, MissedMails
from notifications.services.posting import notification_publish, notify_person
from notifications.services.tasks import task_create
from notifications.services.unread import notification_read
from notifications.tests.mail_case import SITE, MailCase, html_of, text_of
from rooms.models import Membership, Message, Preferences, Room, User
from rooms.selectors.preferences import preferences_for
from rooms.services.blocks import user_block
from rooms.services.direct_rooms import direct_room_open
from rooms.services.members import member_remove
from rooms.services.messages import message_delete
from rooms.services.posting import message_post
from rooms.services.read_marks import read_mark_move
from rooms.services.room_news import room_news_decide
from rooms.tests.support.concurrency import TogetherCase
from rooms.tests.support.mail_server import HANG, HANG_UP, MailServer

State = Delivery.State


class Missed(MailCase):
    def test_what_was_missed_arrives_in_one_mail_once(self) -> None:
        message = self.mention("@ben **come** <now>")
        notify_person(user=self.ben, title="Build failed", body="Line 1\nline 2")
        assert self.work() == []  # there is time to read it
        mail = self.mailed()
        assert (mail["To"], mail["From"]) == ("ben@example.org", "Parlor <chat@example.org>")
        assert mail["Subject"] == "2 unread notifications at chat.example.org"
        for body in (text_of(mail), html_of(mail)):
            assert f"{SITE}/notifications/1/" in body
            assert f"{SITE}/notifications/2/" in body
            assert "Reply in the room" in body
            assert "Build failed" in body
        assert "ann mentioned you in Tea\n  @ben come <now>\n  Reply in the room:" in text_of(mail)
        assert "@ben come &lt;now&gt;" in html_of(mail)
        assert "<img" not in html_of(mail)
        assert self.states() == [State.SENT, State.SENT]
        self.pass_time()
        assert self.work() == []
        assert message.seq == Notification.objects.get(topic__owner=self.ben, seq=1).message_seq

    def test_in_arabic_it_runs_from_right_to_left(self) -> None:
        User.objects.filter(pk=self.ben.pk).update(language="ar")
        self.mention("@ben come")
        page = html_of(self.mailed())
        assert 'dir="rtl"' in page
        assert "border-right: 3px solid" in page
        assert "left" not in page
        assert "<bdi>@ben come</bdi>" in page

    def test_its_headers(self) -> None:
        self.mention()
        mail = self.mailed()
        assert mail["Subject"] == "ann mentioned you in Tea"
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert str(mail["List-Unsubscribe"]).strip().startswith(f"<{SITE}/email/unsubscribe/")
        assert str(mail["Message-ID"]).endswith("@example.org>")
        assert mail["Reply-To"] is None

    def test_later_news_make_another_mail_without_what_was_mailed(self) -> None:
        self.mention("@ben first")
        self.mailed()
        self.mention("@ben second")
        text = text_of(self.mailed())
        assert "second" in text
        assert "first" not in text

    def test_messages_of_direct_rooms_arrive_by_room_each_once(self) -> None:
        room = self.write("one", "two")
        self.write("three")
        mail = self.mailed()
        assert mail["Subject"] == "3 new messages from ann"
        assert "  one\n  two\n  three\n" in text_of(mail)
        assert f"{SITE}/rooms/{room.name}/?message=1" in text_of(mail)
        self.write("four")
        mail = self.mailed()
        assert mail["Subject"] == "1 new message from ann"
        assert "three" not in text_of(mail)

    def test_of_many_messages_the_newest_are_quoted(self) -> None:
        self.write(*(f"number {number}" for number in range(8)))
        text = text_of(self.mailed())
        assert "8 new messages from ann\n  (3 earlier)\n  number 3\n" in text

    def test_of_many_notifications_the_newest_are_listed(self) -> None:
        for number in range(33):
            notify_person(user=self.ben, title=f"number {number}.")
        mail = self.mailed()
        assert mail["Subject"] == "33 unread notifications at chat.example.org"
        assert "number 2." not in text_of(mail)
        assert "number 3." in text_of(mail)
        assert f"And 3 more: {SITE}/notifications/" in text_of(mail)
        self.pass_time()
        assert self.work() == []

    def test_the_text_can_be_hidden(self) -> None:
        self.wish(hide_content=True)
        self.mention("@ben secret")
        self.write("secret")
        task_create(by=self.ann, title="A secret task", room=self.tea, assignee=self.ben)
        notification_publish(by=self.sam, topic=self.ben.topic, title="secret")
        mail = self.mailed()
        assert "secret" not in str(mail)
        assert "secret" not in text_of(mail) + html_of(mail)
        for title in ("ann mentioned you in Tea", "1 new message from ann", "Task assigned to you", "New notification"):
            assert f"* {title}\n" in text_of(mail)

    def test_titles_that_would_forge_headers_or_lines(self) -> None:
        forged = "hello\r\nBcc: eve@example.org\r\n\r\nText"
        notification_publish(by=self.sam, topic=self.ben_topic(), title=forged, body="a\nUnsubscribe: http://evil")
        mail = self.mailed()
        assert mail["Subject"] == "hello Bcc: eve@example.org Text"
        assert mail["Bcc"] is None
        assert self.server.recipients == ["ben@example.org"]
        assert "\n  a Unsubscribe: http://evil\n" in text_of(mail)

    def test_names_of_rooms_and_people_are_escaped(self) -> None:
        Room.objects.filter(pk=self.tea.pk).update(title="<script>x</script>\r\nBcc: eve@example.org")
        User.objects.filter(pk=self.ann.pk).update(display_name="<b>\u202eAnn")
        self.ann.refresh_from_db()
        self.tea.refresh_from_db()
        self.mention()
        mail = self.mailed()
        assert "<script>" not in html_of(mail)
        assert mail["Bcc"] is None
        assert mail["Subject"] == "<b> Ann mentioned you in <script>x</script> Bcc: eve@example.org"

    def test_a_name_that_would_forge_a_subject(self) -> None:
        User.objects.filter(pk=self.ann.pk).update(display_name="Ann\r\nBcc: eve@example.org")
        self.write("hello")
        mail = self.mailed()
        assert mail["Subject"] == "1 new message from Ann Bcc: eve@example.org"
        assert "* 1 new message from Ann Bcc: eve@example.org\n" in text_of(mail)
        assert self.server.recipients == ["ben@example.org"]

    def ben_topic(self) -> Any:
        notify_person(user=self.ben, title="to make the topic")
        Delivery.objects.all().delete()
        self.ben.refresh_from_db()
        return self.ben.topic


class NotSent(MailCase):
    def assert_no_mail(self) -> None:
        self.pass_time()
        assert self.work() == []
        assert State.WAITING not in self.states()

    def test_what_was_read_within_the_grace(self) -> None:
        message = self.mention()
        notify_person(user=self.ben, title="news")
        room = self.write("hello")
        read_mark_move(user=self.ben, room=self.tea, seq=message.seq)
        notification_read(by=self.ben, seq=2)
        read_mark_move(user=self.ben, room=room, seq=1)
        self.assert_no_mail()

    def test_only_what_is_still_unread_is_in_the_mail(self) -> None:
        message = self.mention("@ben read")
        self.mention("@ben unread")
        room = self.write("seen", "unseen")
        read_mark_move(user=self.ben, room=self.tea, seq=message.seq)
        read_mark_move(user=self.ben, room=room, seq=1)
        mail = self.mailed()
        assert "@ben read" not in text_of(mail)
        assert "@ben unread" in text_of(mail)
        assert "1 new message from ann\n  unseen" in text_of(mail)

    def test_what_was_read_after_the_first_one_is_not_in_the_mail_either(self) -> None:
        self.mention("@ben unread")
        notify_person(user=self.ben, title="seen")
        notification_read(by=self.ben, seq=2)
        mail = self.mailed()
        assert mail["Subject"] == "ann mentioned you in Tea"
        assert "seen" not in text_of(mail)

    def test_deleted_messages(self) -> None:
        message_delete(by=self.ann, room=self.tea, seq=self.mention().seq)
        room = self.write("gone")
        message_delete(by=self.ann, room=room, seq=1)
        self.assert_no_mail()

    def test_deleted_messages_among_others(self) -> None:
        room = self.write("stays", "gone", "also stays")
        message_delete(by=self.ann, room=room, seq=2)
        assert "2 new messages from ann\n  stays\n  also stays\n" in text_of(self.mailed())

    def test_a_deleted_message_does_not_hide_those_before_it(self) -> None:
        self.mention("@ben come")
        self.write("stays")
        room = self.write("gone")
        message_delete(by=self.ann, room=room, seq=2)
        text = text_of(self.mailed())
        assert "1 new message from ann\n  stays" in text
        assert "gone" not in text

    def test_what_can_no_longer_be_read(self) -> None:
        self.mention()
        member_remove(by=self.olga, room=self.tea, user=self.ben)
        self.assert_no_mail()

    def test_messages_of_people_who_are_blocked_meanwhile(self) -> None:
        room, _ = direct_room_open(by=self.ann, people=[self.ben, self.olga])
        message_post(by=self.ann, room=room, content="from Ann")
        message_post(by=self.olga, room=room, content="from Olga")
        Message.objects.filter(room=room).update(created_at=timezone.now() - timedelta(minutes=1))
        Room.objects.filter(pk=room.pk).update(news_at=timezone.now() - timedelta(minutes=1))
        room_news_decide()
        user_block(by=self.ben, user=self.ann)
        text = text_of(self.mailed())
        assert "from Ann" not in text
        assert "from Olga" in text

    def test_rooms_whose_notifications_are_turned_off_meanwhile(self) -> None:
        self.mention()
        room = self.write("hello")
        Membership.objects.filter(user=self.ben).update(level=Membership.Level.NOTHING)
        assert room
        self.assert_no_mail()

    def test_to_people_without_a_confirmed_address_or_who_want_none(self) -> None:
        self.wish(email=Preferences.Email.OFF)
        self.mention()
        self.wish(email=Preferences.Email.DAILY)
        self.mention()
        self.wish(email=Preferences.Email.MISSED)
        User.objects.filter(pk=self.ben.pk).update(email="")
        self.mention()
        assert not Delivery.objects.filter(channel="mail").exists()

    def test_to_people_who_have_turned_them_off_meanwhile(self) -> None:
        self.mention()
        self.wish(email=Preferences.Email.OFF)
        self.assert_no_mail()

    def test_without_mail_nothing_is_written(self) -> None:
        with self.settings(EMAIL_CONFIGURED=False):
            self.mention()
        assert not Delivery.objects.exists()

    def test_during_quiet_hours(self) -> None:
        self.mention()
        self.wish(dnd_until=timezone.now() + timedelta(hours=5))
        self.pass_time()
        assert self.work() == []
        assert Delivery.objects.get().due_at > timezone.now() + timedelta(hours=4, minutes=59)
        assert preferences_for(self.ben).dnd_until is not None

    def test_people_with_an_open_page_have_an_hour(self) -> None:
        process = ServerProcess.objects.create(host="here", pid=1)
        Connection.objects.create(pk="one", process=process, user=self.ben, opened_at=timezone.now())
        self.mention()
        for _ in range(5):
            self.pass_time()
            assert self.work() == []
        self.pass_time(CONNECTED_UNTIL - 5 * MISSED_AFTER)
        assert len(self.work()) == 1


class Sending(MailCase):
    def outcome(self) -> tuple[str, str, int]:
        """Try once, and return the state, the status and the minutes until the next attempt."""
        self.pass_time()
        Delivery.objects.filter(state=State.WAITING).update(due_at=timezone.now())
        assert self.work() == []
        delivery = Delivery.objects.order_by("pk").first()
        assert delivery is not None
        return delivery.state, delivery.last_status, round((delivery.due_at - timezone.now()).total_seconds() / 60)

    def test_a_temporary_refusal_is_retried_for_a_day_and_then_given_up(self) -> None:
        self.mention()
        notify_person(user=self.ben, title="news")
        pauses = []
        for number in range(MAX_ATTEMPTS):
            (self.server.to_data if number % 2 else self.server.to_recipients).append("451 try later")
            state, status, pause = self.outcome()
            assert "451 try later" in status
            pauses.append(pause)
        assert state == State.FAILED
        assert [timedelta(minutes=pause) for pause in pauses[:-1]] == PAUSES
        assert sum(PAUSES, timedelta()) > timedelta(hours=22)
        assert self.states() == [State.FAILED, State.FAILED]
        assert self.work() == []

    def test_a_permanent_refusal_is_not_retried(self) -> None:
        for answers in (self.server.to_recipients, self.server.to_data):
            Delivery.objects.all().delete()
            self.mention()
            answers.append("550 no such mailbox")
            assert self.outcome()[:2] == (State.FAILED, "550 no such mailbox")

    def test_a_server_that_hangs_or_hangs_up_or_is_gone_is_tried_again(self) -> None:
        self.mention()
        self.server.to_data.append(HANG)
        assert self.outcome()[0] == State.WAITING
        self.server.to_data.append(HANG_UP)
        assert self.outcome()[0] == State.WAITING
        self.server.stop()
        assert self.outcome()[0] == State.WAITING
        self.server.start()
        Delivery.objects.update(due_at=timezone.now())
        assert len(self.work()) == 1

    def test_a_wrong_password_can_be_corrected_by_an_admin(self) -> None:
        self.mention()
        with self.settings(EMAIL_HOST_USER="me", EMAIL_HOST_PASSWORD="x"):
            assert self.outcome()[0] == State.WAITING

    def test_after_a_crash_between_sending_and_noting_it_the_mail_has_the_same_id(self) -> None:
        self.mention()
        self.pass_time()
        ((_, prepared),) = deliveries_claim(channels["mail"], 4)
        channels["mail"].send(prepared)
        assert self.work() == []  # it is claimed
        self.pass_time(timedelta(seconds=MissedMails.claim_seconds))
        self.work()
        first, second = self.server.mails
        assert first["Message-ID"] == second["Message-ID"]
        assert text_of(first) == text_of(second)
        assert self.states() == [State.SENT]

    def test_each_mail_has_an_id_of_its_own(self) -> None:
        self.mention()
        self.mailed()
        self.mention()
        self.mailed()
        assert len({mail["Message-ID"] for mail in self.server.mails}) == 2


class TwoProcesses(TogetherCase):
    def test_news_that_two_processes_claim_at_once_are_in_one_mail(self) -> None:
        ben = User.objects.create_user("ben", email="ben@example.org")
        server = MailServer()
        server.start()
        self.addCleanup(server.stop)
        channel = channels["mail"]

        def work() -> None:
            while claimed := deliveries_claim(channel, 1):
                for delivery, prepared in claimed:
                    delivery_finish(channel, delivery, channel.send(prepared))

        with self.settings(EMAIL_CONFIGURED=True, PUBLIC_URL=SITE, **server.settings):
            for number in range(12):
                notify_person(user=ben, title=f"number {number}.")
            Delivery.objects.update(due_at=timezone.now())
            assert self.together(work, work, work) == [None, None, None]
        (mail,) = server.mails
        assert all(f"number {number}." in text_of(mail) for number in range(12))
