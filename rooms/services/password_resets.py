"""Password reset links by mail.

A request writes a row whatever the address is: neither the response nor its timing reveals whether there is an account.
A periodic task looks up the accounts, makes the links, which are not stored, and sends them.
"""

from __future__ import annotations

import logging
import unicodedata
from datetime import timedelta

from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from chatproject.installation.public_address import mail_is_sent, public_url
from chatproject.realtime.background.periodic import PeriodicTask
from rooms.models import PasswordResetRequest, User

SEND_DELAY_SECONDS = 1.0  # a request for an existing account must not be slowed down by sending its mail
SWEEP_SECONDS = 20  # how often each process looks for due requests
FIRST_RETRY = timedelta(seconds=30)  # doubled with every attempt, up to MAX_RETRY
MAX_RETRY = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=1)

logger = logging.getLogger(__name__)


def mailbox(email: str) -> str:
    """Return the normalized form of an e-mail address, by which requests for it are counted."""
    return unicodedata.normalize("NFKC", email).strip().casefold()


def password_reset_request(*, email: str) -> None:
    """Request that a link is sent to the active accounts with this address, if there are any."""
    request = PasswordResetRequest(mailbox=mailbox(email)[:254], email=email.strip())
    # One statement that writes whether or not there was a recent request: that would be revealing, too.
    PasswordResetRequest.objects.bulk_create(
        [request], update_conflicts=True, unique_fields=["mailbox"], update_fields=["email"]
    )
    transaction.on_commit(password_resets_task.run_soon, robust=True)


def password_resets_send() -> None:
    """Send due mails. Those that the mail server refuses are retried with increasing delays for a day."""
    if not mail_is_sent():
        return
    while _due().exists() and (request := _claim()) is not None:
        try:
            get_connection().send_messages([_mail(user) for user in PasswordResetForm().get_users(request.email)])
        except Exception as error:  # of the network, the mail server, or an invalid address
            # Without its message, which may contain the address.
            logger.warning("a mail was not sent, trying again: %s", type(error).__name__)
        else:
            request.delete()


password_resets_task = PeriodicTask(password_resets_send, interval=SWEEP_SECONDS, delay=SEND_DELAY_SECONDS)


def _due() -> QuerySet[PasswordResetRequest]:
    return PasswordResetRequest.objects.filter(due_at__lte=timezone.now()).order_by("due_at")


@transaction.atomic
def _claim() -> PasswordResetRequest | None:
    """Return the next due request.

    It is rescheduled first: no other process sends it, and if this one is killed it is retried.
    """
    expired = PasswordResetRequest.objects.filter(asked_at__lt=timezone.now() - GIVE_UP_AFTER)
    if given_up := expired.delete()[0]:
        logger.error("mails given up after a day: %d", given_up)
    request = _due().select_for_update(skip_locked=True, no_key=True).first()
    if request is not None:
        request.due_at = timezone.now() + min(FIRST_RETRY * 2**request.attempts, MAX_RETRY)
        request.attempts += 1
        request.save(update_fields=["due_at", "attempts"])
    return request


def _mail(user: User) -> EmailMessage:
    site = public_url()
    context = {"user": user, "site": site.partition("://")[2], "link": site + password_reset_path(user)}
    subject = render_to_string("accounts/password_reset_subject.txt", context).strip()
    return EmailMessage(subject, render_to_string("accounts/password_reset_email.txt", context), to=[user.email])


def password_reset_path(user: User) -> str:
    """Return the path where the user can set a new password, once and within `PASSWORD_RESET_TIMEOUT`."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("password_reset_confirm", args=[uid, default_token_generator.make_token(user)])
