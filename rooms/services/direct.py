"""Direct rooms: one for each set of people, found again whoever starts."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable

from django.db import IntegrityError, transaction

from rooms.errors import Conflict, InvalidField, NotFound
from rooms.events import announce_members
from rooms.models import Membership, Room, User
from rooms.selectors import NO_PERSON, direct_key

MOST_PEOPLE = 10
HOW_MANY = f"A direct room is for 2 to {MOST_PEOPLE} people, you among them."
FIXED = "The people of a direct room stay the same: start another for other people."


def direct_room_open(*, by: User, people: Collection[User]) -> tuple[Room, bool]:
    """The direct room of `by` and these people, and whether it was made just now.

    Raises InvalidField when they are fewer than 2 or more than 10; NotFound for a new one with somebody whose account
    is no longer active.
    """
    everybody = {user.pk: user for user in (by, *people)}
    if not 2 <= len(everybody) <= MOST_PEOPLE:
        raise InvalidField(f"user_names: {HOW_MANY}")
    key = direct_key(everybody)
    room = Room.objects.filter(direct_key=key).first()
    if room is not None:
        return room, False
    if not all(user.is_active for user in everybody.values()):
        raise NotFound(NO_PERSON)
    try:
        with transaction.atomic():
            return _make(by, key, everybody.values()), True
    except IntegrityError:  # somebody else of them started at the same moment
        return Room.objects.get(direct_key=key), False


def check_not_direct(room: Room) -> None:
    """Refuse to change who belongs to a direct room. Raises Conflict."""
    if room.kind == Room.Kind.DIRECT:
        raise Conflict(FIXED)


def _make(by: User, key: str, people: Iterable[User]) -> Room:
    # Of a random name: one that followed from the people could be taken before they meet.
    name = f"dm-{secrets.token_hex(16)}"
    room = Room.objects.create(name=name, kind=Room.Kind.DIRECT, direct_key=key, created_by=by)
    Membership.objects.bulk_create(Membership(room=room, user=user) for user in people)
    announce_members([user.pk for user in people])
    return room
