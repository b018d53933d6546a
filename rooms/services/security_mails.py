"""Tell people by mail that what they sign in with has changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse

from chatproject.realtime.background.periodic import PeriodicTask
from rooms.models import SecurityMail, User
from rooms.services.account_mails import SEND_DELAY_SECONDS, SWEEP_SECONDS, account_mail, mails_send

GIVE_UP_AFTER = timedelta(days=2)


def security_mail_ask(*, user: User, kind: SecurityMail.Kind, passkey: str = "") -> None:
    """Have a user told by mail, if they have an address, in the transaction of the change."""
    if user.email:
        SecurityMail.objects.create(user=user, kind=kind, passkey=passkey)
        transaction.on_commit(security_mails_task.run_soon, robust=True)


def security_mails_send() -> None:
    """Send due mails."""
    mails_send(SecurityMail, _mails, give_up_after=GIVE_UP_AFTER)


security_mails_task = PeriodicTask(security_mails_send, interval=SWEEP_SECONDS, delay=SEND_DELAY_SECONDS)


def _mails(row: SecurityMail) -> Iterator[EmailMessage]:
    if row.user.email:
        yield account_mail(
            "security",
            user=row.user,
            to=row.user.email,
            path=reverse("security"),
            key=f"security:{row.pk}",
            kind=row.kind,
            passkey=row.passkey,
        )
