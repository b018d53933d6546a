"""That no room with people in it is without an owner who can sign in."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Case, IntegerField, QuerySet, Value, When

from rooms.errors import Conflict
from rooms.events import announce_room_lists, room_stream
from rooms.models import Membership, Room, User
from rooms.services.locking import lock_room

Role = Membership.Role
LAST_OWNER = "A room needs an owner. Make somebody else an owner first."


@dataclass(frozen=True, slots=True)
class Handover:
    """That a room goes, or would go, to another owner; to nobody where nobody else is there."""

    room: Room
    to: User | None


def check_owner_remains(member: Membership) -> None:
    """Refuse to take a locked room's last owner from the others. Raises Conflict."""
    others = Membership.objects.filter(room=member.room_id).exclude(pk=member.pk)
    if member.role == Role.OWNER and others.exists() and not _owners(member.room_id).exclude(pk=member.pk).exists():
        raise Conflict(LAST_OWNER)


def joining_role(room: Room) -> Membership.Role:
    """What somebody is who comes into a locked room by themselves: its owner, if it has been left by everybody."""
    return Role.MEMBER if _owners(room.pk).exists() else Role.OWNER


def withdraw_invitations_if_empty(room: Room) -> None:
    """Undo what would let people into a locked private room that the last one has just left: nobody looks after it."""
    if room.kind == Room.Kind.PRIVATE and not room.memberships.exists():
        invited = list(room.invitations.values_list("user_id", flat=True))
        room.invitations.all().delete()
        announce_room_lists(invited)


def handovers_for(user: User) -> list[Handover]:
    """Which rooms lose their last owner when an account ends, and who becomes owner instead."""
    owned = Membership.objects.filter(user=user, role=Role.OWNER).select_related("room").order_by("room_id")
    alone = [one.room for one in owned if not _owners(one.room_id).exclude(user=user).exists()]
    return [Handover(room, successor.user if (successor := _successor(room, user)) else None) for room in alone]


@transaction.atomic
def rooms_hand_over(*, user: User) -> list[Handover]:
    """Give the rooms whose last owner's account ends to those who have moderated, else been there, for longest.

    Call it in the transaction that deactivates or deletes the account.
    """
    done = []
    for handover in handovers_for(user):
        room = lock_room(handover.room)  # in id order, as everybody locks several
        successor = _successor(room, user)
        if _owners(room.pk).exclude(user=user).exists():
            continue  # somebody has become one meanwhile
        if successor is not None:
            successor.role = Role.OWNER
            successor.save(update_fields=["role"])
            room.version += 1
            room.save(update_fields=["version"])
            room_stream.announce_change(room)
        done.append(Handover(room, successor.user if successor else None))
    return done


def _owners(room_id: int) -> QuerySet[Membership]:
    return Membership.objects.filter(room=room_id, role=Role.OWNER, user__is_active=True)


def _successor(room: Room, without: User) -> Membership | None:
    rank = Case(When(role=Role.MODERATOR, then=Value(0)), default=Value(1), output_field=IntegerField())
    others = Membership.objects.filter(room=room, user__is_active=True).exclude(user=without)
    return others.select_related("user").order_by(rank, "id").first()
