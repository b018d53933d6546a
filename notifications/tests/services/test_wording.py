"""Notifications are worded for their reader, in their language, wherever they appear."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from unittest import mock

import orjson
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.test import override_settings
from django.utils import timezone, translation

from chatproject.realtime.delivery.publish import Signal
from notifications.models import Delivery, Notification
from notifications.services.deliveries import channels, deliveries_claim
from notifications.services.digests import digests_create
from notifications.services.push_delivery import push_channel
from notifications.services.push_subscriptions import push_turn_on
from notifications.services.tasks import task_create, task_update
from notifications.tests.mail_case import MailCase, text_of
from notifications.tests.push_support import FIREFOX, Browser
from notifications.tests.services.test_digests import EIGHT_IN_BERLIN
from notifications.wording import OTHER, TITLES_WITHOUT_CONTENT, body_of, title_of, title_without_content
from rooms.models import Preferences, SavedMessage, ScheduledMessage, User
from rooms.services.posting import message_post
from rooms.services.reminders import reminders_send
from rooms.services.rooms import room_close
from rooms.services.saved_messages import reminder_set
from rooms.services.scheduled_messages import message_schedule, scheduled_send_due

Kind = Notification.Kind
GERMAN = {
    "%(name)s mentioned you in %(room)s": "%(name)s hat dich in %(room)s erwähnt",
    "Reminder: %(name)s in %(room)s": "Erinnerung: %(name)s in %(room)s",
    "Task assigned to you: %(task)s": "Aufgabe für dich: %(task)s",
    "Task assigned to you": "Aufgabe für dich",
    "New task created: %(task)s": "Neue Aufgabe: %(task)s",
    "Your scheduled message to %(room)s was not sent": "Deine geplante Nachricht an %(room)s wurde nicht gesendet",
    "This room is archived (read-only).": "Dieser Raum ist archiviert.",
    "New notification": "Neue Benachrichtigung",
}


def in_an_hour() -> str:
    return (timezone.now() + timedelta(hours=1)).isoformat()


class German(MailCase):
    """Ben reads German, Olga English, and the catalog has a few sentences."""

    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        file = Path(folder.name) / "de" / "LC_MESSAGES" / "django.mo"
        file.parent.mkdir(parents=True)
        catalog = Catalog(locale="de")
        for text, german in GERMAN.items():
            catalog.add(text, german)
        with file.open("wb") as stream:
            write_mo(stream, catalog)
        changed = override_settings(LOCALE_PATHS=[folder.name])
        changed.enable()
        self.addCleanup(changed.disable)
        User.objects.filter(pk=self.ben.pk).update(language="de")
        self.ben.refresh_from_db()

    def page(self, path: str) -> str:
        """Return a page as Ben sees it."""
        self.client.force_login(self.ben)
        return self.client.get(path).content.decode()

    def remind(self, *users: User) -> list[object]:
        """Remind users of a new message, and return what reached the publisher."""
        seq = message_post(by=self.ann, room=self.tea, content="milk").message.seq
        for user in users:
            reminder_set(by=user, room=self.tea, seq=seq, remind_at=in_an_hour())
        SavedMessage.objects.filter(reminded_at=None).update(remind_at=timezone.now())
        return list(self.published(reminders_send))

    def test_on_pages_and_over_rest_in_the_language_of_the_request(self) -> None:
        self.mention()
        task_create(by=self.ann, title="Sweep", assignee=self.ben, room=self.square)
        page = self.page("/notifications/")
        for title in ("ann hat dich in Tea erwähnt", "Aufgabe für dich: Sweep"):
            assert title in page
        mention, task = self.ok("GET", "notifications/", by=self.ben)["notifications"]
        assert (mention["title"], mention["kind"]) == ("ann hat dich in Tea erwähnt", "mention")
        assert (task["title"], task["payload"]["task_title"]) == ("Aufgabe für dich: Sweep", "Sweep")
        (on_topic,) = self.ok("GET", "topics/tasks/notifications/", by=self.ben)["notifications"]
        assert on_topic["title"] == "Neue Aufgabe: Sweep"
        self.client.logout()
        (on_topic,) = self.ok("GET", "topics/tasks/notifications/", by=self.olga)["notifications"]
        assert on_topic["title"] == "New task created: Sweep"

    def test_in_frames_in_the_language_of_the_only_reader_or_of_the_server(self) -> None:
        with translation.override("de"):  # of the person who causes it
            announced = self.announced(
                lambda: task_create(by=self.ann, title="Mop", assignee=self.ben, room=self.square)
            )
            announced += self.announced(lambda: task_create(by=self.ann, title="Dust", assignee=self.olga))
        titles = [orjson.loads(item)["title"] for one in announced if one.key[0] == "topic" for _, item in one.items]
        assert sorted(titles) == [
            "Aufgabe für dich: Mop",
            "New task created: Dust",
            "New task created: Mop",
            "Task assigned to you: Dust",
        ]

    def test_in_reminders_that_pages_show_at_once(self) -> None:
        signals = [one for one in self.remind(self.ben, self.olga) if isinstance(one, Signal)]
        frames = {group: messages[0][1] for one in signals for group, messages in one.by_group.items()}
        titles = {user: frames[f"user.{user.pk}"]["reminder"]["title"] for user in (self.ben, self.olga)}
        assert titles == {self.ben: "Erinnerung: ann in Tea", self.olga: "Reminder: ann in Tea"}

    def test_in_pushes(self) -> None:
        for user in (self.ben, self.olga):
            push_turn_on(user=user, cookie=user.username, user_agent=FIREFOX, **Browser().subscription)
        self.mention("@ben @olga come")
        Preferences.objects.create(user=self.ben, hide_content=True)
        task_create(by=self.ann, title="Mop", assignee=self.ben)
        with mock.patch.dict(channels, {"push": push_channel}, clear=True):
            found = deliveries_claim(push_channel, 20)
        titles = {(delivery.user, orjson.loads(push.content)["title"]) for delivery, push in found}
        assert titles == {
            (self.ben, "ann hat dich in Tea erwähnt"),
            (self.ben, "Aufgabe für dich"),
            (self.olga, "ann mentioned you in Tea"),
        }

    def test_in_mails_and_digests(self) -> None:
        self.mention()
        mail = self.mailed()
        assert mail["Subject"] == "ann hat dich in Tea erwähnt"
        Delivery.objects.all().delete()
        self.wish(email=Preferences.Email.DAILY, time_zone="Europe/Berlin")
        self.remind(self.ben)
        with mock.patch.object(timezone, "now", return_value=EIGHT_IN_BERLIN):
            digests_create()
            (digest,) = self.work("digest")
        assert "* ann hat dich in Tea erwähnt\n" in text_of(digest)
        assert "* Erinnerung: ann in Tea\n  milk\n" in text_of(digest)

    def test_why_a_message_was_not_sent(self) -> None:
        message_schedule(by=self.ben, room=self.tea, content="milk", send_at=in_an_hour())
        room_close(by=self.olga, room=self.tea)
        ScheduledMessage.objects.update(send_at=timezone.now())
        with translation.override("de"):  # whatever the thread did before
            scheduled_send_due()
        assert "Dieser Raum ist archiviert." in self.page("/scheduled/")
        (found,) = self.ok("GET", "notifications/", by=self.ben)["notifications"]
        assert (found["title"], found["body"]) == (
            "Deine geplante Nachricht an Tea wurde nicht gesendet",
            "Dieser Raum ist archiviert.\nmilk",
        )
        assert found["payload"]["error"] == "This room is archived (read-only)."
        (scheduled,) = self.ok("GET", "scheduled/", by=self.ben)
        assert scheduled["error"] == "Dieser Raum ist archiviert."

    def test_a_changed_message_or_task_changes_what_is_said_and_keeps_the_language(self) -> None:
        task = task_create(by=self.ann, title="Mop", assignee=self.ben, room=self.square)
        announced = self.announced(lambda: task_update(by=self.ann, task=task, title="100 % mop"))
        titles = {orjson.loads(item)["title"] for one in announced if one.key[0] == "topic" for _, item in one.items}
        assert titles == {"Aufgabe für dich: 100 % mop", "New task created: 100 % mop"}


class Words(MailCase):
    def test_every_kind_has_words_also_without_parameters_and_content(self) -> None:
        names = {"display_name": "100 %s", "room_title": "%(room)s", "task_title": "secret", "guests": "read"}
        for kind in Kind:
            notification = Notification(kind=kind, payload=names)
            title = title_of(notification)
            assert title not in ("", str(OTHER))
            assert any(name in title for name in names.values())
            assert "secret" not in title_without_content(notification)
            assert (kind in TITLES_WITHOUT_CONTENT) == ("secret" in title)
            assert title_of(Notification(kind=kind)) != ""

    def test_what_is_published_stays_as_it_is(self) -> None:
        notification = Notification(title="%(name)s News", body="x", payload={"kind": "mention", "error": "y"})
        assert (title_of(notification), body_of(notification)) == ("%(name)s News", "x")
        assert title_without_content(notification) == "New notification"
        assert title_of(Notification(kind="of a later version", payload={})) == "New notification"
