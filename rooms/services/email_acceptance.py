"""Note that invitations by e-mail were accepted."""

from __future__ import annotations

from django.utils import timezone

from rooms.models import EmailInvitation, Invitation, InviteLink


def email_link_used(link: InviteLink) -> None:
    """Note that somebody has joined with a link that was sent by e-mail."""
    EmailInvitation.objects.filter(link=link).update(accepted_at=timezone.now())


def email_invitation_used(invitation: Invitation) -> None:
    """Note that a user has joined who had been invited for their address. The link for it ends."""
    now = timezone.now()
    EmailInvitation.objects.filter(invitations=invitation).update(accepted_at=now)
    InviteLink.objects.filter(email_invitation__invitations=invitation).update(revoked_at=now)
