"""Send the mails about accounts that are waiting in the database.

A service that wants such a mail writes a row in its transaction. A periodic task of every process claims it, composes
the mail and sends it: no request waits for the mail server, and no link is stored.
"""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TypeVar

from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation

from chatproject.installation.public_address import mail_is_sent, public_url
from chatproject.mail import new_mail, site_name
from chatproject.realtime import metrics
from rooms.models import User, WaitingMail
from rooms.people.languages import language_of

SEND_DELAY_SECONDS = 1.0  # a request for an existing account must not be slowed down by sending its mail
SWEEP_SECONDS = 20  # how often each process looks for due mails
FIRST_RETRY = timedelta(seconds=30)  # doubled with every attempt, up to MAX_RETRY
MAX_RETRY = timedelta(hours=1)

Row = TypeVar("Row", bound=WaitingMail)
logger = logging.getLogger(__name__)


def mails_send(model: type[Row], compose: Callable[[Row], Iterable[EmailMessage]], *, give_up_after: timedelta) -> None:
    """Send the due mails of a model. Those that can't be sent are retried with growing delays, until `give_up_after`.

    What the mail server refuses for good is not retried. `compose` returns the mails for a row, none if they are not
    wanted any more.
    """
    if not mail_is_sent():
        return
    while _due(model).exists() and (row := _claim(model, give_up_after)) is not None:
        try:
            sent = get_connection().send_messages([*compose(row)])
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError) as error:
            if _is_final(error):
                logger.error("a mail was refused for good: %s", type(error).__name__)
                metrics.account_mails.labels("given up").inc()
                row.delete()
            else:
                _note_refusal(error)
        except Exception as error:  # of the network, the mail server, or an invalid address
            _note_refusal(error)
        else:
            metrics.account_mails.labels("sent").inc(sent or 0)
            row.delete()


def account_mail(template: str, *, user: User, to: str, path: str, key: str, **facts: str) -> EmailMessage:
    """Return the mail of `templates/accounts/<template>_subject.txt` and `..._email.txt` with a link to a path.

    It is in the user's language. The templates know the `facts`, too.
    """
    context = {"user": user, "site": site_name(), "link": public_url() + path, "email": to, **facts}
    with translation.override(language_of(user)):
        subject = render_to_string(f"accounts/{template}_subject.txt", context)
        text = render_to_string(f"accounts/{template}_email.txt", context)
    return new_mail(to=to, subject=subject, text=text, key=key)


def _due(model: type[Row]) -> QuerySet[Row]:
    return model._default_manager.filter(due_at__lte=timezone.now()).order_by("due_at")


def _is_final(error: smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) -> bool:
    """Return whether an answer is about this mail or its receiver, and stays the same (RFC 5321, 4.2.1)."""
    if isinstance(error, smtplib.SMTPDataError):
        return error.smtp_code >= 500
    return all(code >= 500 for code, _ in error.recipients.values())


def _note_refusal(error: Exception) -> None:
    # Without its message, which may contain the address.
    logger.warning("a mail was not sent, trying again: %s", type(error).__name__)
    metrics.account_mails.labels("refused").inc()


@transaction.atomic
def _claim(model: type[Row], give_up_after: timedelta) -> Row | None:
    """Return the next due row.

    It is rescheduled first: no other process sends it, and if this one is killed it is retried.
    """
    expired = model._default_manager.filter(asked_at__lt=timezone.now() - give_up_after)
    if given_up := expired.delete()[0]:
        logger.error("mails given up after %s: %d", give_up_after, given_up)
        metrics.account_mails.labels("given up").inc(given_up)
    row = _due(model).select_for_update(skip_locked=True, no_key=True).first()
    if row is not None:
        row.due_at = timezone.now() + min(FIRST_RETRY * 2**row.attempts, MAX_RETRY)
        row.attempts += 1
        row.save(update_fields=["due_at", "attempts"])
    return row
