"""Which messages of a room its members are notified of."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q, QuerySet

from rooms.models import Membership, Room

Level = Membership.Level


def level_of(membership: Membership, room: Room) -> Membership.Level:
    """Return the level that a member has chosen, or else the default of the room."""
    return Level(membership.level) if membership.level else default_level(room.kind)


def default_level(kind: str) -> Membership.Level:
    """Return the level of members who have not chosen one: everything in direct rooms, mentions in other rooms."""
    return Level.EVERYTHING if kind == Room.Kind.DIRECT else Level.MENTIONS


def everything_members(room_ids: Collection[int]) -> QuerySet[Membership, tuple[int, int, int]]:
    """Return room id, user id and read marker of the members who are to hear of every message in these rooms.

    They have chosen so, or not chosen otherwise in a direct room. Inactive accounts and people who have left a direct
    room are not among them.
    """
    chosen = Q(level=Level.EVERYTHING) | Q(level="", room__kind=Room.Kind.DIRECT)
    members = Membership.objects.filter(chosen, room__in=room_ids, user__is_active=True)
    members = members.exclude(hidden_seq=Membership.UNTIL_REOPENED)
    return members.order_by("room_id", "user_id").values_list("room_id", "user_id", "read_seq")
