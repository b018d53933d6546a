"""Ensure that every room with members has an owner who can sign in."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from rooms.errors import Conflict
from rooms.events import announce_room_lists, room_stream
from rooms.models import AuditAction, Membership, Room, User
from rooms.services.audit import audit_record
from rooms.services.locking import lock_room

Role = Membership.Role
LAST_OWNER = _("A room needs an owner. Make somebody else an owner first.")


@dataclass(frozen=True, slots=True)
class Handover:
    """A room and the user who becomes its owner; `to` is None when it has no other member."""

    room: Room
    to: User | None


def check_owner_remains(member: Membership) -> None:
    """Check that a locked room with other members keeps an owner without this one. Raises Conflict."""
    others = Membership.objects.filter(room=member.room_id).exclude(pk=member.pk)
    if member.role == Role.OWNER and others.exists() and not _owners(member.room_id).exclude(pk=member.pk).exists():
        raise Conflict(LAST_OWNER)


def joining_role(room: Room) -> Membership.Role:
    """Return the role of a user who joins a locked room: owner if it has no active owner, else member."""
    return Role.MEMBER if _owners(room.pk).exists() else Role.OWNER


def withdraw_invitations_if_empty(room: Room) -> None:
    """Delete the invitations to a locked private room without members: nobody moderates it any more."""
    if room.kind == Room.Kind.PRIVATE and not room.memberships.exists():
        invited = list(room.invitations.values_list("user_id", flat=True))
        room.invitations.all().delete()
        announce_room_lists(invited)


def handovers_for(user: User) -> list[Handover]:
    """Return the rooms that lose their last owner when this account ends, each with its next owner."""
    owned = Membership.objects.filter(user=user, role=Role.OWNER).select_related("room").order_by("room_id")
    ownerless = [one.room for one in owned if not _owners(one.room_id).exclude(user=user).exists()]
    return [Handover(room, successor.user if (successor := _successor(room, user)) else None) for room in ownerless]


@transaction.atomic
def rooms_hand_over(*, user: User) -> list[Handover]:
    """Give the rooms whose last owner is this user to their longest-standing moderator, else member.

    Call it in the transaction that deactivates or deletes the account.
    """
    handovers = []
    for handover in handovers_for(user):
        room = lock_room(handover.room)  # in id order, like all code that locks several rooms
        successor = _successor(room, user)
        if _owners(room.pk).exclude(user=user).exists():
            continue  # somebody became owner in the meantime
        if successor is not None:
            _make_owner(room, successor)
        handovers.append(Handover(room, successor.user if successor else None))
    return handovers


def hand_over(room: Room, member: Membership) -> None:
    """Make another member the owner of a locked room whose last owner is this one, and is to be it no longer."""
    successor = _successor(room, member.user)
    if member.role == Role.OWNER and successor is not None and not _owners(room.pk).exclude(pk=member.pk).exists():
        _make_owner(room, successor)


def _make_owner(room: Room, member: Membership) -> None:
    before, after = {"role": member.role}, {"role": Role.OWNER}
    audit_record(AuditAction.MEMBER_ROLE, room=room, user=member.user, before=before, after=after)
    member.role = Role.OWNER
    member.save(update_fields=["role"])
    room.version += 1
    room.save(update_fields=["version"])
    room_stream.announce_change(room)


def _owners(room_id: int) -> QuerySet[Membership]:
    return Membership.objects.filter(room=room_id, role=Role.OWNER, user__is_active=True)


def _successor(room: Room, without: User) -> Membership | None:
    rank = Case(When(role=Role.MODERATOR, then=Value(0)), default=Value(1), output_field=IntegerField())
    others = Membership.objects.filter(room=room, user__is_active=True).exclude(user=without)
    return others.select_related("user").order_by(rank, "id").first()
