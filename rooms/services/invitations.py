"""Inviting people to rooms, and what they answer."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from rooms import signals
from rooms.errors import Conflict, NotFound
from rooms.events import announce_room_lists, announce_room_people
from rooms.models import Ban, Invitation, InvitationHistory, Membership, Room, User
from rooms.selectors.blocks import has_blocked
from rooms.selectors.invitations import NO_INVITATION, get_invitation
from rooms.selectors.people import NO_PERSON
from rooms.services.direct_rooms import check_not_direct
from rooms.services.locking import lock_room
from rooms.services.members import MANAGERS, add_member, check_may_manage, send_room_access_lost
from rooms.services.ownership import joining_role

REINVITE_AFTER = timedelta(days=7)  # until somebody may be invited again
RENOTIFY_AFTER = timedelta(days=1)  # until they are told again of an invitation to the same room


@transaction.atomic
def invitation_create(*, by: User, room: Room, user: User) -> Invitation:
    """Invite somebody to a room, and have them told. Idempotent. For its owners and moderators and for staff.

    Raises NotFound for everybody else and for an inactive account; Conflict for members, the banned and direct rooms,
    for whoever has declined in the last days, for whoever has blocked `by`, and when the room is closed.
    """
    locked = lock_room(room)
    check_may_manage(by, locked, MANAGERS)
    if not user.is_active:
        raise NotFound(NO_PERSON)
    if locked.closed_at is not None:
        raise Conflict("This room is archived (read-only).")
    if Membership.objects.filter(room=locked, user=user).exists():
        raise Conflict("This person is already a member.")
    if Ban.objects.filter(room=locked, user=user).exists():
        raise Conflict("This person is banned from the room. Unban them first.")
    if has_blocked(user, by):
        raise Conflict("You can't invite this person.")
    _check_not_declined(locked, user)
    invitation, made = Invitation.objects.get_or_create(room=locked, user=user, defaults={"by": by})
    if made:
        _announce(invitation)
        _tell(invitation)
    return invitation


def _check_not_declined(room: Room, user: User) -> None:
    if InvitationHistory.objects.filter(room=room, user=user, declined_at__gt=timezone.now() - REINVITE_AFTER).exists():
        raise Conflict("This person declined an invitation to this room recently. Ask them first.")


def _tell(invitation: Invitation) -> None:
    """Have the person told, unless they were on the same day of one that was taken back, or that they used."""
    now = timezone.now()
    asked = InvitationHistory.objects.filter(room=invitation.room, user=invitation.user).first()
    if asked is not None and asked.declined_at is None and asked.told_at > now - RENOTIFY_AFTER:
        return
    wanted = {"told_at": now, "declined_at": None}
    InvitationHistory.objects.update_or_create(room=invitation.room, user=invitation.user, defaults=wanted)
    signals.person_invited.send(Invitation, invitation=invitation)


@transaction.atomic
def invitation_withdraw(*, by: User, room: Room, user: User) -> None:
    """Take an invitation back. For owners and moderators and for staff. Raises NotFound, Conflict for direct rooms."""
    locked = lock_room(room)
    check_may_manage(by, locked, MANAGERS)
    invitation = Invitation.objects.filter(room=locked, user=user).first()
    if invitation is None:
        raise NotFound(NO_INVITATION)
    _end(invitation, locked)


@transaction.atomic
def invitation_accept(*, user: User, room_name: str) -> Membership:
    """Become a member of the room one is invited to. Raises NotFound when one is not, or no longer."""
    room = get_invitation(user, room_name).room
    locked = lock_room(room)
    check_not_direct(locked)
    get_invitation(user, room_name)  # withdrawn before the lock was ours, it holds no longer
    return add_member(locked, user, joining_role(locked))


@transaction.atomic
def invitation_decline(*, user: User, room_name: str) -> None:
    """Let an invitation go, and what told of it; for some days there is no other. Raises NotFound if there is none."""
    locked = lock_room(get_invitation(user, room_name).room)
    _end(get_invitation(user, room_name), locked)
    now = timezone.now()
    InvitationHistory.objects.update_or_create(
        room=locked, user=user, defaults={"declined_at": now}, create_defaults={"told_at": now, "declined_at": now}
    )


def _end(invitation: Invitation, locked: Room) -> None:
    _announce(invitation)
    invitation.delete()
    send_room_access_lost(locked, [invitation.user_id])


def _announce(invitation: Invitation) -> None:
    """To the person, and to those who look after the room."""
    announce_room_lists([invitation.user_id])
    announce_room_people(invitation.room)
