"""Shared by the tests of mails: a user with an address, a real mail server, and what arrives there."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from typing import Any, cast

from django.test import override_settings
from django.utils import timezone

from notifications.models import Delivery
from notifications.services.deliveries import channels, deliveries_claim, delivery_finish
from notifications.services.mails import MISSED_AFTER
from notifications.tests.support import NotificationCase
from rooms.models import Message, Room, User
from rooms.services.direct_rooms import direct_room_open
from rooms.services.mention_notices import mentions_notify
from rooms.services.posting import message_post
from rooms.services.preferences import preferences_update
from rooms.services.room_news import room_news_decide
from rooms.tests.support.mail_server import MailServer

SITE = "https://chat.example.org"


class MailCase(NotificationCase):
    """Ben has an address, and a mail server runs."""

    def setUp(self) -> None:
        super().setUp()
        User.objects.filter(pk=self.ben.pk).update(email="ben@example.org")
        self.ben.refresh_from_db()
        self.server = MailServer()
        self.server.start()
        self.addCleanup(self.server.stop)
        sender = "Parlor <chat@example.org>"
        changed = override_settings(
            EMAIL_CONFIGURED=True, PUBLIC_URL=SITE, DEFAULT_FROM_EMAIL=sender, **self.server.settings
        )
        changed.enable()
        self.addCleanup(changed.disable)

    def work(self, channel: str = "mail") -> list[EmailMessage]:
        """Send what is due, as a server process does, and return what arrived."""
        before = len(self.server.mails)
        found = channels[channel]
        while claimed := deliveries_claim(found, 4):
            for delivery, prepared in claimed:
                delivery_finish(found, delivery, found.send(prepared))
        return self.server.mails[before:]

    def pass_time(self, time: timedelta = MISSED_AFTER) -> None:
        """Let time pass for the deliveries."""
        for delivery in Delivery.objects.all():
            delivery.due_at, delivery.created_at = delivery.due_at - time, delivery.created_at - time
            delivery.save(update_fields=["due_at", "created_at"])

    def mailed(self) -> EmailMessage:
        """Let the time until a mail pass, and return the one that arrives."""
        self.pass_time()
        (mail,) = self.work()
        return mail

    def mention(self, content: str = "@ben come", room: Room | None = None) -> Message:
        message = message_post(by=self.ann, room=room or self.tea, content=content).message
        Message.objects.filter(pk=message.pk).update(created_at="2026-01-01T00:00:00Z")
        mentions_notify()
        return message

    def write(self, *contents: str) -> Room:
        """Write to Ben directly."""
        room, _ = direct_room_open(by=self.ann, people=[self.ben])
        for content in contents:
            message_post(by=self.ann, room=room, content=content)
        Message.objects.filter(room=room).update(created_at=timezone.now() - timedelta(minutes=1))
        Room.objects.filter(pk=room.pk).update(news_at=timezone.now() - timedelta(minutes=1))
        room_news_decide()
        return room

    def wish(self, **wishes: Any) -> None:
        preferences_update(user=self.ben, **wishes)

    def states(self) -> list[str]:
        return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


def text_of(mail: EmailMessage) -> str:
    part = cast(EmailMessage, mail.get_body(("plain",)))
    return str(part.get_content()).replace("\r\n", "\n")


def html_of(mail: EmailMessage) -> str:
    part = cast(EmailMessage, mail.get_body(("html",)))
    return " ".join(str(part.get_content()).split())
