"""Create, withdraw, accept and decline invitations to rooms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import signals
from rooms.errors import Conflict, NotFound
from rooms.events import announce_room_lists, announce_room_people
from rooms.models import AuditAction, Ban, EmailInvitation, Invitation, InvitationHistory, Membership, Room, User
from rooms.selectors.blocks import has_blocked
from rooms.selectors.invitations import NO_INVITATION, get_invitation
from rooms.selectors.people import NO_PERSON
from rooms.services.audit import audit_record
from rooms.services.direct_rooms import check_not_direct
from rooms.services.locking import lock_room
from rooms.services.members import MANAGERS, check_may_manage, join, send_room_access_lost

REINVITE_AFTER = timedelta(days=7)  # after declining, before the same user may be invited again
RENOTIFY_AFTER = timedelta(days=1)  # before a user is notified again of an invitation to the same room


@transaction.atomic
def invitation_create(*, by: User, room: Room, user: User, by_email: EmailInvitation | None = None) -> Invitation:
    """Invite a user to a room and notify them. Idempotent. For the room's owners and moderators, and for staff.

    If it is for the user's address (`by_email`), nobody else learns of it, unless they are also invited by name.

    Raises:
        NotFound: `by` may not invite people here, or the account is inactive.
        Conflict: the user is a member, is banned, has blocked `by` or has declined within REINVITE_AFTER; or the room
            is closed or a direct room.
    """
    locked = lock_room(room)
    check_may_manage(by, locked, MANAGERS)
    if not user.is_active:
        raise NotFound(NO_PERSON)
    if locked.closed_at is not None:
        raise Conflict(_("This room is archived (read-only)."))
    if Membership.objects.filter(room=locked, user=user).exists():
        raise Conflict(_("This person is already a member."))
    if Ban.objects.filter(room=locked, user=user).exists():
        raise Conflict(_("This person is banned from the room. Unban them first."))
    if has_blocked(user, by):
        raise Conflict(_("You can't invite this person."))
    _check_not_declined(locked, user)
    invitation, created = Invitation.objects.get_or_create(
        room=locked, user=user, defaults={"by": by, "by_email": by_email}
    )
    if invitation.by_email_id is not None and by_email is None:
        invitation.by, invitation.by_email = by, None
        invitation.save(update_fields=["by", "by_email"])
        _announce(invitation)
        audit_record(AuditAction.INVITATION_CREATED, by=by, room=locked, user=user)
    if created:
        _announce(invitation)
        _notify(invitation)
        if by_email is None:  # the room's moderators must not learn whose the address is
            audit_record(AuditAction.INVITATION_CREATED, by=by, room=locked, user=user)
    return invitation


def _check_not_declined(room: Room, user: User) -> None:
    if InvitationHistory.objects.filter(room=room, user=user, declined_at__gt=timezone.now() - REINVITE_AFTER).exists():
        raise Conflict(_("This person declined an invitation to this room recently. Ask them first."))


def _notify(invitation: Invitation) -> None:
    """Notify the invited user, unless an earlier invitation to the room did so within RENOTIFY_AFTER.

    An invitation that they declined does not count.
    """
    now = timezone.now()
    history = InvitationHistory.objects.filter(room=invitation.room, user=invitation.user).first()
    if history is not None and history.declined_at is None and history.told_at > now - RENOTIFY_AFTER:
        return
    values = {"told_at": now, "declined_at": None}
    InvitationHistory.objects.update_or_create(room=invitation.room, user=invitation.user, defaults=values)
    signals.person_invited.send(Invitation, invitation=invitation)


@transaction.atomic
def invitation_withdraw(*, by: User, room: Room, user: User) -> None:
    """Withdraw an invitation. For the room's owners and moderators, and for staff.

    Raises NotFound for everyone else and when there is no invitation, and Conflict for a direct room.
    """
    locked = lock_room(room)
    check_may_manage(by, locked, MANAGERS)
    invitation = Invitation.objects.filter(room=locked, user=user, by_email=None).first()
    if invitation is None:
        raise NotFound(NO_INVITATION)
    audit_record(AuditAction.INVITATION_WITHDRAWN, by=by, room=locked, user=user)
    invitations_end([invitation], locked)


@transaction.atomic
def invitation_accept(*, user: User, room_name: str) -> Membership:
    """Join the room that the user is invited to. Raises NotFound when there is no invitation, or no longer."""
    room = get_invitation(user, room_name).room
    locked = lock_room(room)
    check_not_direct(locked)
    get_invitation(user, room_name)  # it may have been withdrawn before the room was locked
    return join(locked, user)


@transaction.atomic
def invitation_decline(*, user: User, room_name: str) -> None:
    """Decline an invitation, and withdraw its notification. Raises NotFound when there is none.

    The user can't be invited to the room again within REINVITE_AFTER.
    """
    locked = lock_room(get_invitation(user, room_name).room)
    invitations_end([get_invitation(user, room_name)], locked)
    now = timezone.now()
    InvitationHistory.objects.update_or_create(
        room=locked, user=user, defaults={"declined_at": now}, create_defaults={"told_at": now, "declined_at": now}
    )


def invitations_end(invitations: Sequence[Invitation], locked: Room) -> None:
    """Delete invitations to a locked room. Permissions have been checked by the caller."""
    if not invitations:
        return
    for invitation in invitations:
        _announce(invitation)
    Invitation.objects.filter(pk__in=[invitation.pk for invitation in invitations]).delete()
    send_room_access_lost(locked, [invitation.user_id for invitation in invitations])


def _announce(invitation: Invitation) -> None:
    """Announce the change to the invited user, and to the moderators of the room if they may know of it."""
    announce_room_lists([invitation.user_id])
    if invitation.by_email_id is None:
        announce_room_people(invitation.room)
