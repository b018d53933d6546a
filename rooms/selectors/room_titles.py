"""What a room is called by those in it: a direct room goes by the names of the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256

from rooms.models import Membership, Room, User


def direct_key(user_ids: Iterable[int]) -> str:
    """What the direct room of these people, each named once, is found by."""
    return sha256(",".join(map(str, sorted(user_ids))).encode()).hexdigest()


def direct_room_exists(user: User, people: Collection[User]) -> bool:
    """Whether these people have had a direct room before."""
    return Room.objects.filter(direct_key=direct_key({user.pk, *(each.pk for each in people)})).exists()


def direct_members(room_ids: Collection[int]) -> dict[int, list[User]]:
    """The members of those of the rooms that are direct, by room, the longest there first. One query."""
    found: defaultdict[int, list[User]] = defaultdict(list)
    rows = Membership.objects.filter(room_id__in=room_ids, room__kind=Room.Kind.DIRECT)
    for member in rows.select_related("user").order_by("id"):
        found[member.room_id].append(member.user)
    return dict(found)


def title_for(user_id: int, shown_title: str, members: Sequence[User]) -> str:
    """What one of the members of a direct room calls it; the room's own title where they are alone in it."""
    return ", ".join(member.shown_name for member in members if member.pk != user_id) or shown_title


def avatar_for(user_id: int, members: Sequence[User]) -> str | None:
    """The picture that stands for a direct room: the other's where there are two."""
    others = [member for member in members if member.pk != user_id]
    return others[0].avatar if len(others) == 1 else None


def titles_for(user: User, rooms: Collection[Room]) -> dict[int, str]:
    """What these rooms are called by somebody, by room id. One query more for direct rooms, however many."""
    direct = [room.pk for room in rooms if room.kind == Room.Kind.DIRECT]
    members = direct_members(direct) if direct else {}
    return {room.pk: title_for(user.pk, room.shown_title, members.get(room.pk, [])) for room in rooms}


def direct_contact_ids(user: User) -> list[int]:
    """The ids of those who share a direct room with somebody."""
    rooms = Membership.objects.filter(user=user, room__kind=Room.Kind.DIRECT).values("room_id")
    fellows = Membership.objects.filter(room_id__in=rooms).exclude(user=user).order_by()
    return list(fellows.values_list("user_id", flat=True).distinct())
