"""Password reset links by mail.

A request writes a row whatever the address is: neither the response nor its timing reveals whether there is an account.
A periodic task looks up the accounts, makes the links, which are not stored, and sends them.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.db import transaction
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from chatproject.realtime.background.periodic import PeriodicTask
from rooms.models import PasswordResetRequest, User
from rooms.services.account_mails import SEND_DELAY_SECONDS, SWEEP_SECONDS, account_mail, mails_send
from rooms.services.email_addresses import mailbox

GIVE_UP_AFTER = timedelta(hours=1)  # people who still need a link have asked again, or an admin


def password_reset_request(*, email: str) -> None:
    """Request that a link is sent to the active accounts with this address, if there are any."""
    request = PasswordResetRequest(mailbox=mailbox(email)[:254], email=email.strip())
    # One statement that writes whether or not there was a recent request: that would be revealing, too.
    PasswordResetRequest.objects.bulk_create(
        [request], update_conflicts=True, unique_fields=["mailbox"], update_fields=["email"]
    )
    transaction.on_commit(password_resets_task.run_soon, robust=True)


def password_resets_send() -> None:
    """Send due mails."""
    mails_send(PasswordResetRequest, _mails, give_up_after=min(GIVE_UP_AFTER, _link_lifetime()))


password_resets_task = PeriodicTask(password_resets_send, interval=SWEEP_SECONDS, delay=SEND_DELAY_SECONDS)


def _link_lifetime() -> timedelta:
    return timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)


def _mails(request: PasswordResetRequest) -> Iterator[EmailMessage]:
    for user in PasswordResetForm().get_users(request.email):
        key = f"password:{request.pk}:{user.pk}"
        yield account_mail("password_reset", user=user, to=user.email, path=password_reset_path(user), key=key)


def password_reset_path(user: User) -> str:
    """Return the path where the user can set a new password, once and within `PASSWORD_RESET_TIMEOUT`."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("password_reset_confirm", args=[uid, default_token_generator.make_token(user)])
