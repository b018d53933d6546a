"""What members want of a room: which messages notify them, and where the room is in their list."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms.errors import InvalidField, NotFound
from rooms.events import announce_room_lists
from rooms.models import Membership, Room, User
from rooms.selectors.rooms import NO_ROOM
from rooms.services.locking import lock_room
from rooms.services.room_news import room_listen


@transaction.atomic
def membership_update(
    *, user: User, room: Room, level: str | None = None, muted: bool | None = None, favourite: bool | None = None
) -> Membership:
    """Change the given settings of a user's own membership, on all of their devices at once.

    Raises InvalidField for an unknown level, and NotFound when they are not a member.
    """
    if level is not None and level not in Membership.Level.values:
        raise InvalidField(_("Choose everything, mentions or nothing."), field="level")
    if level == Membership.Level.EVERYTHING:
        # Locked first: meanwhile nobody decides that no member of the room wants to hear of every message.
        room_listen(lock_room(room))
    given = {"level": level, "muted": muted, "favourite": favourite}
    changes = {name: value for name, value in given.items() if value is not None}
    mine = Membership.objects.filter(user=user, room=room)
    if changes and mine.exclude(**changes).update(**changes):
        announce_room_lists([user.pk])
    membership = mine.first()
    if membership is None:
        raise NotFound(NO_ROOM)
    return membership
