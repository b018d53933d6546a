"""Mails to people about what they have not read.

A missed mail is one for everything that was not mailed before. Each piece of news makes a delivery; the first one that
is due takes along all others of its user that wait, by putting its own id into their `target`. They end together.
"""

from __future__ import annotations

import smtplib
from abc import abstractmethod
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chatproject.installation.public_address import mail_is_sent, public_url
from chatproject.mail import new_mail, site_name
from notifications.models import Delivery
from notifications.selectors.deliveries import Dropped, Later, is_active
from notifications.selectors.missed import missed_among, missed_items
from notifications.services.deliveries import CLAIM_SECONDS, Channel, News, Outcome, new_delivery
from rooms.models import Preferences, User
from rooms.selectors.preferences import preferences_for

State = Delivery.State
MISSED_AFTER = timedelta(minutes=10)  # from the first unread one
CONNECTED_UNTIL = timedelta(hours=1)  # so long, people with an open page get no mail: they may still read it there
# Before the next attempt, after the first, second, ... one: eight within a day.
PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 20, 60, 180, 360, 720)]
SMTP_STEPS = 12  # answers of a mail server for one mail, each of which may take EMAIL_TIMEOUT
NOT_WANTED = "emails are off"

_unsubscribe_signer = signing.Signer(salt="notifications.mails")


class MailChannel(Channel):
    """What mails have in common: how they are sent."""

    max_sends = 4
    claim_seconds = max(CLAIM_SECONDS, SMTP_STEPS * settings.EMAIL_TIMEOUT)
    wanted_if: ClassVar[Preferences.Email]

    def prepare(self, delivery: Delivery) -> tuple[EmailMessage, int] | Later | Dropped:
        """Return the mail, and which attempt this is."""
        user = delivery.user
        preferences = preferences_for(user)
        if not mail_is_sent() or not user.email or preferences.email != self.wanted_if:
            return Dropped(NOT_WANTED)
        mail = self.mail(delivery, hide_content=preferences.hide_content)
        return (mail, delivery.attempts) if isinstance(mail, EmailMessage) else mail

    @abstractmethod
    def mail(self, delivery: Delivery, *, hide_content: bool) -> EmailMessage | Later | Dropped:
        """Return the mail to send, or as `prepare` why there is none."""

    def send(self, prepared: tuple[EmailMessage, int]) -> Outcome:
        """Send it. What a mail server refuses for good has failed; everything else is tried again for a day."""
        mail, attempt = prepared
        pause = PAUSES[min(attempt, len(PAUSES)) - 1]
        connection = get_connection()
        try:
            connection.open()
            connection.send_messages([mail])
        except smtplib.SMTPRecipientsRefused as error:
            return _refused(*max(error.recipients.values()), pause)
        except smtplib.SMTPDataError as error:
            return _refused(error.smtp_code, error.smtp_error, pause)
        except (OSError, smtplib.SMTPException) as error:  # also a wrong password or sender: an admin can correct that
            return Outcome(State.WAITING, f"{type(error).__name__}: {error}", pause)
        finally:
            with suppress(Exception):  # it is sent, whatever the mail server says when it is told goodbye
                connection.close()
        return Outcome(State.SENT)

    def finished(self, delivery: Delivery, outcome: Outcome) -> None:
        """Nothing else to note."""


class MissedMails(MailChannel):
    """One mail with everything that a user has missed and not got a mail about."""

    name = "mail"
    wanted_if = Preferences.Email.MISSED

    def deliveries(self, news: Sequence[News]) -> list[Delivery]:
        """Return one for each piece of news for people who want mails about what they miss."""
        if not news or not mail_is_sent():
            return []
        wanted_by = mailed_users({one.user_id for one in news}, self.wanted_if)
        found = [new_delivery(self, one, self._key(one)) for one in news if one.user_id in wanted_by]
        for delivery in found:
            delivery.due_at += MISSED_AFTER
        return found

    def _key(self, news: News) -> str:
        what = f"{news.room_id}:{news.seq}" if news.notification is None else news.notification.pk
        return f"mail:{news.user_id}:{what}"

    def mail(self, delivery: Delivery, *, hide_content: bool) -> EmailMessage | Later | Dropped:
        """Return one mail for all waiting deliveries of the user, if this is the first of them."""
        if (later := _wait_if_connected(delivery)) is not None:
            return later
        with transaction.atomic():
            # Locked, so that of two processes with deliveries to the same user, one sees what the other has done.
            waiting = Delivery.objects.filter(user=delivery.user_id, channel=self.name, state=State.WAITING)
            locked = list(waiting.select_for_update(no_key=True).order_by("pk").values_list("pk", "due_at"))
            if delivery.pk not in dict(locked):
                return Dropped("in another mail")
            first, due_at = locked[0]
            if first != delivery.pk:
                return Later(due_at)
            missed = missed_among(list(waiting.select_related("notification", "room").order_by("pk")))
            items = missed_items(delivery.user, missed.shown, hide_content=hide_content)
            waiting.update(target=None)
            waiting.filter(pk__in=missed.covered).update(target=delivery.pk)
        if not items:
            return Dropped("nothing is unread")
        count = len(items) + missed.others
        subject = ngettext(
            "%(count)d unread notification at %(site)s", "%(count)d unread notifications at %(site)s", count
        ) % {"count": count, "site": site_name()}
        if count == 1:
            subject = items[0].title
        context = {"items": items, "others": missed.others, "heading": _("You have not read this yet")}
        return mail_about_unread(delivery.user, subject, context, key=delivery.dedupe_key)

    def finished(self, delivery: Delivery, outcome: Outcome) -> None:
        """End the deliveries that the mail was also for."""
        if outcome.state in {State.SENT, State.FAILED}:
            covered = Delivery.objects.filter(channel=self.name, state=State.WAITING, target=delivery.pk)
            covered = covered.filter(user=delivery.user_id)
            status = f"in mail {delivery.pk}"
            covered.update(state=outcome.state, last_status=status, finished_at=timezone.now())


def mailed_users(user_ids: Collection[int], wish: Preferences.Email) -> set[int]:
    """Return which of these users have an address and want these mails."""
    wants = Q(preferences__email=wish)
    if wish == Preferences.Email.MISSED:
        wants |= Q(preferences=None)
    users = User.objects.filter(wants, pk__in=user_ids, is_active=True).exclude(email="")
    return set(users.values_list("pk", flat=True))


def mail_about_unread(user: User, subject: str, context: dict[str, Any], *, key: str) -> EmailMessage:
    """Return a mail with the things to read in `context`, and links to get no more."""
    unsubscribe = public_url() + unsubscribe_path(user)
    links = {"settings": public_url() + reverse("notification_settings"), "unsubscribe": unsubscribe}
    context = {"user": user, "site": site_name(), "site_link": public_url() + "/", **links, **context}
    return new_mail(
        to=user.email,
        subject=subject,
        text=render_to_string("mails/unread.txt", context),
        html=render_to_string("mails/unread.html", context | {"subject": subject}),
        key=key,
        headers={"List-Unsubscribe": f"<{unsubscribe}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )


def unsubscribe_path(user: User) -> str:
    """Return the path where a user can end their mails without signing in. It stays valid."""
    return reverse("email_unsubscribe", args=[_unsubscribe_signer.sign(str(user.pk))])


def user_to_unsubscribe(token: str) -> User | None:
    """Return whose mails a link ends; None if it is not valid."""
    try:
        user_id = _unsubscribe_signer.unsign(token)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=user_id, is_active=True).first()


def _wait_if_connected(delivery: Delivery) -> Later | None:
    until = delivery.created_at + CONNECTED_UNTIL
    now = timezone.now()
    return Later(min(now + MISSED_AFTER, until)) if now < until and is_active(delivery.user_id) else None


def _refused(code: int, answer: bytes | str, pause: timedelta) -> Outcome:
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    if 500 <= code < 600:
        return Outcome(State.FAILED, f"{code} {text}")
    return Outcome(State.WAITING, f"{code} {text}", pause)
