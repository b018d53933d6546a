"""What moderators have forbidden people: the only rule that decides whether somebody is muted."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils import timezone

from rooms.models import Restriction, Room, User
from rooms.selectors.members import check_may_moderate


def restrictions_in_force() -> QuerySet[Restriction]:
    """Return the restrictions that have neither ended nor been lifted."""
    return Restriction.objects.filter(Q(until__isnull=True) | Q(until__gt=timezone.now()), lifted_at__isnull=True)


def mutes_of(user_ids: Collection[int]) -> dict[tuple[int | None, int], Restriction]:
    """Return the mutes of users that are in force, by room id and user id; the room id is None for all rooms."""
    found = restrictions_in_force().filter(user__in=user_ids, kind=Restriction.Kind.MUTED)
    return {(one.room_id, one.user_id): one for one in found.order_by("pk")}


def find_mute(user_id: int, room_id: int | None = None) -> Restriction | None:
    """Return why a user can't write in a room, or for None in no room in particular, or None if they can."""
    mutes = mutes_of([user_id])
    return mutes.get((None, user_id)) or (mutes.get((room_id, user_id)) if room_id is not None else None)


def mute_of(user: User, room: Room) -> Restriction | None:
    """Return why a freshly loaded user can't write in a room, or None. Takes a query only if they may be muted."""
    return find_mute(user.pk, room.pk) if user.restricted else None


def mutes_for(user: User, room: Room) -> QuerySet[Restriction]:
    """Return who is muted in a room, for its owners and moderators and staff. Raises NotFound for everyone else."""
    check_may_moderate(user, room)
    found = restrictions_in_force().filter(room=room, kind=Restriction.Kind.MUTED)
    return found.select_related("user", "by").order_by("pk")
