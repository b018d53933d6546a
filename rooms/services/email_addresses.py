"""The e-mail addresses of accounts.

`User.email` is an address that its user has confirmed, with a link that was sent there, or that an admin has entered.
Several accounts may have the same one, so nothing here looks for other accounts, and nothing can reveal them.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import timedelta

from django.core import signing
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from chatproject.realtime.background.periodic import PeriodicTask
from rooms.errors import InvalidField, NotFound
from rooms.models import AddressChange, AddressMail, User
from rooms.services.account_mails import SEND_DELAY_SECONDS, SWEEP_SECONDS, account_mail, mails_send
from rooms.services.text_rules import check_storable

MAX_ADDRESS_LENGTH = 254
LINK_DAYS = 3
LINK_VALID = timedelta(days=LINK_DAYS)
GIVE_UP_AFTER = timedelta(days=1)  # before the link ends
LINK_SALT = "rooms.email_addresses"
INVALID_LINK = _("This link has expired.")


def mailbox(email: str) -> str:
    """Return the normalized form of an e-mail address, by which requests for it are counted."""
    return unicodedata.normalize("NFKC", email).strip().casefold()


def check_email(text: str) -> str:
    """Return an e-mail address as it is stored, if it can be one. Raises InvalidField."""
    text = text.strip()
    check_storable(text, "email")
    try:
        validate_email(text)
    except ValidationError as error:
        raise InvalidField(_("Enter a valid email address."), field="email") from error
    if len(text) > MAX_ADDRESS_LENGTH:
        raise InvalidField(
            ngettext_lazy("Use at most %(maximum)d character.", "Use at most %(maximum)d characters.", "maximum"),
            {"maximum": MAX_ADDRESS_LENGTH},
            field="email",
        )
    return User.objects.normalize_email(text)


@transaction.atomic
def address_change_request(*, user: User, email: str) -> AddressChange:
    """Send a link to a new address of a user's account. The link to another one that they asked for earlier ends.

    Raises InvalidField.
    """
    email = check_email(email)
    locked = _lock(user)
    if email == locked.email:
        raise InvalidField(_("This is your address already."), field="email")
    AddressChange.objects.filter(user=locked).delete()
    change = AddressChange.objects.create(user=locked, email=email)
    _mail(locked, AddressMail.Kind.CONFIRM, email)
    return change


@transaction.atomic
def address_change_resend(*, user: User) -> AddressChange:
    """Send the link to the new address again. Raises NotFound if there is none to confirm."""
    locked = _lock(user)
    change = AddressChange.objects.filter(user=locked).first()
    if change is None:
        raise NotFound(_("You have no email address to confirm."))
    change.asked_at = timezone.now()
    change.save(update_fields=["asked_at"])
    _mail(locked, AddressMail.Kind.CONFIRM, change.email)
    return change


@transaction.atomic
def address_change_cancel(*, user: User) -> None:
    """Keep the present address. Idempotent."""
    AddressChange.objects.filter(user=_lock(user)).delete()


@transaction.atomic
def address_confirm(*, token: str) -> User:
    """Give an account the address that its user has confirmed with the link. Its former address is told.

    Raises NotFound if the link is not valid, or not any more.
    """
    found = get_address_change(token)
    user = _lock(found.user)
    change = get_address_change(token)  # again: it may have been used meanwhile
    _set_address(user, change.email)
    change.delete()
    return user


@transaction.atomic
def address_remove(*, user: User) -> None:
    """Remove a user's address, and one that they have not confirmed. The former address is told. Idempotent."""
    locked = _lock(user)
    AddressChange.objects.filter(user=locked).delete()
    _set_address(locked, "")


@transaction.atomic
def address_set_by_admin(*, user: User, former: str) -> None:
    """Tell the former address of an account to which an admin has given another one. Ends what its user asked for."""
    AddressChange.objects.filter(user=user).delete()
    _tell_former(user, former)


def get_address_change(token: str) -> AddressChange:
    """Return what a link confirms. Raises NotFound if it is not valid, or not any more."""
    try:
        change_id = signing.loads(token, salt=LINK_SALT)
    except signing.BadSignature as error:
        raise NotFound(INVALID_LINK) from error
    asked_after = timezone.now() - LINK_VALID
    changes = AddressChange.objects.select_related("user").filter(user__is_active=True, asked_at__gt=asked_after)
    change = changes.filter(pk=change_id).first()
    if change is None:
        raise NotFound(INVALID_LINK)
    return change


def address_confirm_path(change: AddressChange) -> str:
    """Return the path where a new address can be confirmed, once and within LINK_DAYS days."""
    return reverse("email_confirm", args=[signing.dumps(change.pk, salt=LINK_SALT)])


def address_mails_send() -> None:
    """Send due mails, and forget addresses that were not confirmed in time."""
    mails_send(AddressMail, _mails, give_up_after=GIVE_UP_AFTER)
    AddressChange.objects.filter(asked_at__lt=timezone.now() - LINK_VALID).delete()


address_mails_task = PeriodicTask(address_mails_send, interval=SWEEP_SECONDS, delay=SEND_DELAY_SECONDS)


def _mails(row: AddressMail) -> Iterator[EmailMessage]:
    key = f"address:{row.pk}"
    if row.kind == AddressMail.Kind.REMOVED:
        yield account_mail("email_removed", user=row.user, to=row.email, path=reverse("password_change"), key=key)
        return
    change = AddressChange.objects.filter(user=row.user_id, email=row.email).first()
    if change is not None and row.user.is_active:
        yield account_mail("email_confirm", user=row.user, to=row.email, path=address_confirm_path(change), key=key)


def _set_address(user: User, email: str) -> None:
    former, user.email = user.email, email
    user.save(update_fields=["email"])
    _tell_former(user, former)


def _tell_former(user: User, former: str) -> None:
    if former and mailbox(former) != mailbox(user.email):
        _mail(user, AddressMail.Kind.REMOVED, former)


def _mail(user: User, kind: AddressMail.Kind, email: str) -> None:
    AddressMail.objects.bulk_create([AddressMail(user=user, kind=kind, email=email)], ignore_conflicts=True)
    transaction.on_commit(address_mails_task.run_soon, robust=True)


def _lock(user: User) -> User:
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)
