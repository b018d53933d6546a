"""Links for people who forgot their password, by mail.

Asking for one writes a row, whoever it is for: neither the answer nor its time tells whether there is such an account.
A chore looks the accounts up, makes the links, which are kept nowhere, and sends them.
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

SEND_DELAY_SECONDS = 1.0  # seconds: a request that found somebody must not be slowed by what it led to
SWEEP_SECONDS = 20  # how often each process looks for what is due
FIRST_RETRY = timedelta(seconds=30)  # doubled with each attempt
MAX_RETRY = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=1)

logger = logging.getLogger(__name__)


def mailbox(email: str) -> str:
    """The one spelling of an address, by which requests for it are counted."""
    return unicodedata.normalize("NFKC", email).strip().casefold()


def password_reset_request(*, email: str) -> None:
    """Have a link sent to the active accounts of this address, should there be any."""
    asked = PasswordResetRequest(mailbox=mailbox(email)[:254], email=email.strip())
    # One statement that writes, whether or not the same was asked a moment ago: that, too, would tell.
    PasswordResetRequest.objects.bulk_create(
        [asked], update_conflicts=True, unique_fields=["mailbox"], update_fields=["email"]
    )
    transaction.on_commit(password_resets_task.run_soon, robust=True)


def password_resets_send() -> None:
    """Send what is due. What the mail server does not take is tried again, later and later, for a day."""
    if not mail_is_sent():
        return
    while _due().exists() and (asked := _claim()) is not None:
        try:
            get_connection().send_messages([_mail(user) for user in PasswordResetForm().get_users(asked.email)])
        except Exception as error:  # the network's, the mail server's, or of an address that is none
            # Not its words, which may hold the address.
            logger.warning("a mail was not sent, trying again: %s", type(error).__name__)
        else:
            asked.delete()


password_resets_task = PeriodicTask(password_resets_send, every=SWEEP_SECONDS, after=SEND_DELAY_SECONDS)


def _due() -> QuerySet[PasswordResetRequest]:
    return PasswordResetRequest.objects.filter(due_at__lte=timezone.now()).order_by("due_at")


@transaction.atomic
def _claim() -> PasswordResetRequest | None:
    """The next that is due. It is put off first, so that no other process sends it, and a killed one loses nothing."""
    old = PasswordResetRequest.objects.filter(asked_at__lt=timezone.now() - GIVE_UP_AFTER)
    if given_up := old.delete()[0]:
        logger.error("mails given up after a day: %d", given_up)
    asked = _due().select_for_update(skip_locked=True, no_key=True).first()
    if asked is not None:
        asked.due_at = timezone.now() + min(FIRST_RETRY * 2**asked.attempts, MAX_RETRY)
        asked.attempts += 1
        asked.save(update_fields=["due_at", "attempts"])
    return asked


def _mail(user: User) -> EmailMessage:
    site = public_url()
    context = {"user": user, "site": site.partition("://")[2], "link": site + password_reset_path(user)}
    subject = render_to_string("accounts/password_reset_subject.txt", context).strip()
    return EmailMessage(subject, render_to_string("accounts/password_reset_email.txt", context), to=[user.email])


def password_reset_path(user: User) -> str:
    """Where that person sets a new password, once and for as long as `PASSWORD_RESET_TIMEOUT` allows."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("password_reset_confirm", args=[uid, default_token_generator.make_token(user)])
