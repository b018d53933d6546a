"""Members and moderators of rooms, for live updates that take no version of the room."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db.models import Count

from rooms.models import Membership, Room, User


@dataclass(slots=True)
class RoomPeople:
    """A room's member count, those of the requested users who are members, and the ids of its moderators."""

    name: str
    member_count: int
    members: dict[int, User] = field(default_factory=dict)
    moderator_ids: set[int] = field(default_factory=set)


def people_of_rooms(requested: Mapping[int, Collection[int]]) -> dict[int, RoomPeople]:
    """Return the people of rooms, by room id, from a mapping of room ids to user ids.

    Takes four queries for any number of rooms. Owners and staff count as moderators, too; a direct room has none.
    """
    rooms = (
        Room.objects.filter(pk__in=requested)
        .annotate(count=Count("memberships"))
        .values_list("pk", "name", "kind", "count")
    )
    found, kinds = {}, {}
    for room_id, name, kind, count in rooms.order_by():
        found[room_id], kinds[room_id] = RoomPeople(name, count), kind
    requested_ids = {user_id for user_ids in requested.values() for user_id in user_ids}
    for member in (
        Membership.objects.filter(room_id__in=found, user_id__in=requested_ids).select_related("user").order_by("id")
    ):
        if member.user_id in requested[member.room_id]:
            found[member.room_id].members[member.user_id] = member.user
    moderators_of: defaultdict[int, set[int]] = defaultdict(set)
    moderators = Membership.objects.filter(room_id__in=found).exclude(role=Membership.Role.MEMBER).order_by()
    for room_id, user_id in moderators.values_list("room_id", "user_id"):
        moderators_of[room_id].add(user_id)
    staff = set(User.objects.filter(is_staff=True, is_active=True).order_by().values_list("pk", flat=True))
    for room_id, people in found.items():
        if kinds[room_id] != Room.Kind.DIRECT:
            people.moderator_ids = moderators_of[room_id] | staff
    return found
