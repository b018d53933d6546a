"""What a room is called, as a person sees it: a direct room bears the names of the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser

from rooms.models import Membership, Room, User

ALONE = "Nobody else"  # the others' accounts are gone


def titles_for(user: User | AnonymousUser, rooms: Iterable[Room]) -> dict[int, str]:
    """The titles of these rooms by their ids, in one query, or none where no room is direct."""
    rooms = list(rooms)
    direct = [room.pk for room in rooms if room.kind == Room.Kind.DIRECT]
    others: defaultdict[int, list[str]] = defaultdict(list)
    if direct:
        for member in Membership.objects.filter(room_id__in=direct).select_related("user").order_by("id"):
            if member.user_id != user.pk:
                others[member.room_id].append(member.user.shown_name)
    return {
        room.pk: (", ".join(others[room.pk]) or ALONE) if room.kind == Room.Kind.DIRECT else room.shown_title
        for room in rooms
    }


def title_for(user: User | AnonymousUser, room: Room) -> str:
    """The title of one room."""
    return titles_for(user, [room])[room.pk]
