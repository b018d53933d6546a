"""Invitations by e-mail."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.models.invite_links import InviteLink
from rooms.models.mails import WaitingMail
from rooms.models.people import User
from rooms.models.rooms import Room


class EmailInvitation(models.Model):
    """An invitation of an e-mail address to a room or, without a room, to create an account.

    `link` is for one person, and is only in the mail. Accounts that have the address get an ordinary invitation
    (`Invitation.by_email`) instead of a mail, which nobody else sees: it would tell whose address this is.
    """

    room = models.ForeignKey(
        Room, models.CASCADE, null=True, blank=True, related_name="email_invitations", verbose_name=_("room")
    )
    email = models.EmailField(_("email address"))
    mailbox = models.CharField(max_length=254, editable=False)  # the address in the form in which two are compared
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by"))
    link = models.OneToOneField(InviteLink, models.CASCADE, related_name="email_invitation")
    sent_at = models.DateTimeField(_("sent at"), default=timezone.now)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("invitation by email")
        verbose_name_plural = _("invitations by email")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["room", "mailbox"], name="email_invitation_once"),
            models.UniqueConstraint(
                fields=["mailbox"], condition=Q(room__isnull=True), name="email_invitation_to_server_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.room or 'this server'}"


class EmailInvitationMail(WaitingMail):
    """The mail of an invitation that is still to be sent."""

    invitation = models.OneToOneField(EmailInvitation, models.CASCADE, related_name="mail")
