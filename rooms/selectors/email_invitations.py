"""Invitations by e-mail: who may see them, what became of them, and which accounts have an address."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils.encoding import punycode
from django.utils.translation import gettext_lazy as _

from rooms.errors import NotFound
from rooms.models import EmailInvitation, Room, User
from rooms.selectors.invite_links import LinkState, check_may_see_links, link_states

NO_EMAIL_INVITATION = _("Invitation not found.")
PENDING, ACCEPTED = "pending", "accepted"
# Others say why a pending invitation can't be accepted: see `LinkState`.
STATES = [PENDING, ACCEPTED, LinkState.EXPIRED.value, LinkState.MAKER_GONE.value, LinkState.ARCHIVED.value]


def email_invitations_for(user: User, room: Room | None) -> QuerySet[EmailInvitation]:
    """Return the invitations by e-mail to a room or, for None, to this server, the newest first.

    For the room's owners and moderators, and for staff; the second for staff. Raises NotFound.
    """
    check_may_see_links(user, room)
    found = EmailInvitation.objects.filter(room=room)
    return found.select_related("room", "by", "link__room", "link__created_by").order_by("-id")


def get_email_invitation_for(user: User, invitation_id: int) -> EmailInvitation:
    """Return the invitation with this id, if the user may see it. Raises NotFound."""
    found = EmailInvitation.objects.select_related("room", "by", "link__room", "link__created_by")
    invitation = found.filter(pk=invitation_id).first()
    if invitation is None:
        raise NotFound(NO_EMAIL_INVITATION)
    try:
        check_may_see_links(user, invitation.room)
    except NotFound as error:
        raise NotFound(NO_EMAIL_INVITATION) from error  # not that there is a room
    return invitation


def email_invitation_states(invitations: Collection[EmailInvitation]) -> dict[int, str]:
    """Return what became of invitations that are loaded with their links, by id: one of STATES. Takes one query."""
    states = link_states([invitation.link for invitation in invitations])

    def state(invitation: EmailInvitation) -> str:
        found = states[invitation.link_id]
        return ACCEPTED if invitation.accepted_at else PENDING if found == LinkState.WORKS else found.value

    return {invitation.pk: state(invitation) for invitation in invitations}


def mailbox_of(email: str) -> str:
    """Return the form of an address by which two are compared: without case, the domain in ASCII."""
    local, _at, domain = unicodedata.normalize("NFKC", email).strip().casefold().rpartition("@")
    return f"{local}@{punycode(domain)}"


def accounts_with_address(email: str) -> list[User]:
    """Return the active accounts with this address, which is confirmed as every `User.email` is."""
    mailbox = mailbox_of(email)
    local, _at, domain = mailbox.rpartition("@")
    spellings = {email, mailbox, f"{local}@{domain.encode().decode('idna')}"}
    alike = Q()
    for spelling in spellings:
        alike |= Q(email__iexact=spelling)
    return [user for user in User.objects.filter(alike, is_active=True) if mailbox_of(user.email) == mailbox]
