"""Mails about accounts that are still to be sent, and addresses that are still to be confirmed."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from rooms.models.people import User


class WaitingMail(models.Model):
    """A mail to be sent by `rooms.services.account_mails`. The row is deleted when that is done."""

    attempts = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"of {self.asked_at:%Y-%m-%d %H:%M}"


class PasswordResetRequest(WaitingMail):
    """A request for a password reset link for all accounts with an address."""

    mailbox = models.CharField(max_length=254, unique=True)  # the normalized address
    email = models.CharField(max_length=254)  # as last typed


class AddressMail(WaitingMail):
    """A mail to an address of an account: with the link that confirms it, or that the account no longer has it."""

    class Kind(models.TextChoices):
        """What the mail is for."""

        CONFIRM = "confirm"
        REMOVED = "removed"

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    email = models.EmailField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind", "email"], name="address_mail_once")]


class SecurityMail(WaitingMail):
    """A mail that tells somebody that what they sign in with has changed, or that a recovery code was used."""

    class Kind(models.TextChoices):
        """What happened."""

        APP_ADDED = "app_added"
        APP_REMOVED = "app_removed"
        PASSKEY_ADDED = "passkey_added"
        PASSKEY_REMOVED = "passkey_removed"
        CODES_CREATED = "codes_created"
        CODE_USED = "code_used"
        RESET = "reset"

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=15, choices=Kind.choices)
    passkey = models.CharField(max_length=80, blank=True)  # its name


class AddressChange(models.Model):
    """An e-mail address that a user wants, until they confirm it with the link that was sent there.

    The address that an account has, `User.email`, is always confirmed: by its user in this way, or by the admin who
    entered it. Asking for another address creates another row, so that the link to the earlier one ends.
    """

    user = models.OneToOneField(User, models.CASCADE, related_name="address_change")
    email = models.EmailField()
    asked_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"of {self.user}"
