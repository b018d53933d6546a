"""What those at a room's sockets are told of its people beside what takes a version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.db.models import Count

from rooms.models import Membership, Room, User


@dataclass(slots=True)
class RoomPeople:
    """How many members a room has, who of those asked for is one, and who looks after it, by user id."""

    name: str
    member_count: int
    members: dict[int, User] = field(default_factory=dict)
    moderator_ids: set[int] = field(default_factory=set)


def people_of_rooms(asked: Mapping[int, Collection[int]]) -> dict[int, RoomPeople]:
    """The people of these rooms, by room id, with the members among `asked`. Four queries for however many rooms.

    A direct room is looked after by nobody, not even by staff.
    """
    rooms = (
        Room.objects.filter(pk__in=asked)
        .annotate(count=Count("memberships"))
        .values_list("pk", "name", "kind", "count")
    )
    found, kinds = {}, {}
    for room_id, name, kind, count in rooms.order_by():
        found[room_id], kinds[room_id] = RoomPeople(name, count), kind
    wanted = {user_id for user_ids in asked.values() for user_id in user_ids}
    for member in (
        Membership.objects.filter(room_id__in=found, user_id__in=wanted).select_related("user").order_by("id")
    ):
        if member.user_id in asked[member.room_id]:
            found[member.room_id].members[member.user_id] = member.user
    looking_after: defaultdict[int, set[int]] = defaultdict(set)
    moderators = Membership.objects.filter(room_id__in=found).exclude(role=Membership.Role.MEMBER).order_by()
    for room_id, user_id in moderators.values_list("room_id", "user_id"):
        looking_after[room_id].add(user_id)
    staff = set(User.objects.filter(is_staff=True, is_active=True).order_by().values_list("pk", flat=True))
    for room_id, people in found.items():
        if kinds[room_id] != Room.Kind.DIRECT:
            people.moderator_ids = looking_after[room_id] | staff
    return found
