"""Who may mention everybody in a room."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from rooms.models import Membership, Room


def room_mentioners(places: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return at which of these places, as ids of a room and a user, the user may mention everybody in the room.

    Owners and moderators may, and members who are staff; and all members if the room says so or is a direct room.
    """
    if not places:
        return set()
    may = ~Q(role=Membership.Role.MEMBER) | Q(user__is_staff=True) | Q(room__kind=Room.Kind.DIRECT)
    members = Membership.objects.filter(may | Q(room__room_mentions=Room.RoomMentions.MEMBERS), user__is_active=True)
    members = members.filter(room__in={room_id for room_id, _ in places}, user__in={user_id for _, user_id in places})
    return set(members.order_by().values_list("room_id", "user_id")) & set(places)
