"""What users see of each other: the profile card."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from chatproject.realtime.presence.registry_rows import away_among
from rooms.errors import NotFound
from rooms.models import Room, Status, User
from rooms.people.time_zones import local_time
from rooms.selectors.blocks import has_blocked
from rooms.selectors.members import get_membership
from rooms.selectors.people import NO_PERSON, get_person
from rooms.selectors.rooms import get_room_for, readable_by
from rooms.selectors.statuses import is_not_disturbed, status_of

MAX_SHARED_ROOMS = 50


class PersonCard(NamedTuple):
    """A person as another user sees them.

    `online` is None if the reader can't read any of their rooms. They are `away` if all their sockets are idle. `role`
    is theirs in the room that the reader looks from, if they are a member. `shared_rooms` are the rooms, other than
    direct ones, of which both are members, by name, at most MAX_SHARED_ROOMS of them. `not_disturbed` says whether they
    get no notifications now.
    """

    person: User
    online: bool | None
    away: bool
    local_time: datetime | None
    role: str | None
    shared_rooms: list[Room]
    shared_room_count: int
    blocked: bool
    status: Status | None
    not_disturbed: bool


def person_card(reader: User, user_name: str, *, room_name: str | None = None) -> PersonCard:
    """Return the card of the person with this present or past username, as seen from a room if it is given.

    Every user may see everybody with an active account. Raises NotFound.
    """
    person = get_person(user_name)
    if not person.is_active:
        raise NotFound(NO_PERSON)
    role = None
    if room_name is not None:
        member = get_membership(person, get_room_for(reader, room_name))
        role = member.role if member is not None else None
    shared = (
        Room.objects.filter(memberships__user=reader)
        .filter(memberships__user=person)
        .exclude(kind=Room.Kind.DIRECT)
        .order_by("name")
    )
    rooms = list(shared[: MAX_SHARED_ROOMS + 1]) if person != reader else []
    online, away = _presence(reader, person)
    return PersonCard(
        person=person,
        online=online,
        away=away,
        local_time=local_time(person.time_zone),
        role=role,
        shared_rooms=rooms[:MAX_SHARED_ROOMS],
        shared_room_count=shared.count() if len(rooms) > MAX_SHARED_ROOMS else len(rooms),
        blocked=has_blocked(reader, person),
        status=status_of(person),
        not_disturbed=is_not_disturbed(person),
    )


def _presence(reader: User, person: User) -> tuple[bool | None, bool]:
    """Return whether a person has an open socket, and is away, for those who see it in a list of members; else None."""
    if not Room.objects.filter(readable_by(reader.pk), memberships__user=person).exists():
        return None, False
    away = away_among([person.pk]).get(person.pk)
    return away is not None, bool(away)
