"""Titles of rooms as their members see them: a direct room is named after the other members."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256
from typing import NamedTuple

from django.db.models import QuerySet

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
    return users_by_room(direct_memberships(room_ids))


def direct_memberships(room_ids: Collection[int]) -> QuerySet[Membership]:
    """Return the memberships of the direct rooms among these rooms, in joining order, with their users."""
    rows = Membership.objects.filter(room_id__in=room_ids, room__kind=Room.Kind.DIRECT)
    return rows.select_related("user", *(f"user__{name}" for name in SHOWN_WITH_SIGNS)).order_by("id")


def users_by_room(memberships: Iterable[Membership]) -> dict[int, list[User]]:
    """Return the users of these memberships by room id."""
    found: defaultdict[int, list[User]] = defaultdict(list)
    for member in memberships:
        found[member.room_id].append(member.user)
    return dict(found)


def title_for(user_id: int, shown_title: str, members: Sequence[User]) -> str:
    """Return the title of a direct room for one of its members; if they are alone in it, the room's own."""
    return ", ".join(member.shown_name for member in members if member.pk != user_id) or shown_title


class Face(NamedTuple):
    """How lists show a direct room to one of its members: as the only other person, or with the number of the others.

    `avatar` is the only other person's picture, if they have one.
    """

    user_id: int | None
    avatar: str | None
    others: int


NO_FACE = Face(None, None, 0)


def face_for(user_id: int, members: Sequence[User]) -> Face:
    """Return the face of a direct room for one of its members."""
    others = [member for member in members if member.pk != user_id]
    return Face(others[0].pk, others[0].avatar, 1) if len(others) == 1 else Face(None, None, len(others))


def signs_for(user_id: int, members: Sequence[User]) -> Signs | None:
    """Return what is shown next to the title of a direct room for one of its members: the signs of the only other."""
    others = [member for member in members if member.pk != user_id]
    return signs_of(others[0]) if len(others) == 1 else None


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
