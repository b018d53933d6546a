"""Titles of rooms as their members see them: a direct room is named after the other members."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256

from rooms.models import Membership, Room, Signs, User
from rooms.selectors.statuses import SHOWN_WITH_SIGNS, signs_of


def direct_key(user_ids: Iterable[int]) -> str:
    """Return the key by which the direct room of these users, each given once, is looked up."""
    return sha256(",".join(map(str, sorted(user_ids))).encode()).hexdigest()


def direct_room_exists(user: User, people: Collection[User]) -> bool:
    """Return whether these users already have a direct room."""
    return Room.objects.filter(direct_key=direct_key({user.pk, *(each.pk for each in people)})).exists()


def direct_members(room_ids: Collection[int]) -> dict[int, list[User]]:
    """Return the members of the direct rooms among these rooms, by room id, in joining order. Takes one query."""
    found: defaultdict[int, list[User]] = defaultdict(list)
    rows = Membership.objects.filter(room_id__in=room_ids, room__kind=Room.Kind.DIRECT)
    for member in rows.select_related("user", *(f"user__{name}" for name in SHOWN_WITH_SIGNS)).order_by("id"):
        found[member.room_id].append(member.user)
    return dict(found)


def title_for(user_id: int, shown_title: str, members: Sequence[User]) -> str:
    """Return the title of a direct room for one of its members; if they are alone in it, the room's own."""
    return ", ".join(member.shown_name for member in members if member.pk != user_id) or shown_title


def avatar_for(user_id: int, members: Sequence[User]) -> str | None:
    """Return the picture of a direct room for one of its members: the other member's, if there is exactly one."""
    other = _only_other(user_id, members)
    return other.avatar if other is not None else None


def signs_for(user_id: int, members: Sequence[User]) -> Signs | None:
    """Return what is shown next to the title of a direct room for one of its members: the signs of the only other."""
    other = _only_other(user_id, members)
    return signs_of(other) if other is not None else None


def _only_other(user_id: int, members: Sequence[User]) -> User | None:
    others = [member for member in members if member.pk != user_id]
    return others[0] if len(others) == 1 else None


def titles_for(user: User, rooms: Collection[Room]) -> dict[int, str]:
    """Return the titles of rooms for a user, by room id. Takes one query if any of them is a direct room."""
    direct = [room.pk for room in rooms if room.kind == Room.Kind.DIRECT]
    members = direct_members(direct) if direct else {}
    return {room.pk: title_for(user.pk, room.shown_title, members.get(room.pk, [])) for room in rooms}


def direct_contact_ids(user: User) -> list[int]:
    """Return the ids of the users who share a direct room with this one."""
    rooms = Membership.objects.filter(user=user, room__kind=Room.Kind.DIRECT).values("room_id")
    contacts = Membership.objects.filter(room_id__in=rooms).exclude(user=user).order_by()
    return list(contacts.values_list("user_id", flat=True).distinct())
