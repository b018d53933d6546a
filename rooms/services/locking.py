"""The row lock of a room, and checks that need it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from rooms.errors import Conflict, NotFound
from rooms.models import Membership, Room, User
from rooms.selectors.rooms import NO_ROOM

SENDING_BLOCKED = _("You can't send messages to this person.")  # the same whichever of the two has blocked the other


def lock_room(room: Room) -> Room:
    """Lock a room until the transaction ends, and return its present state. Raises NotFound when it was deleted."""
    locked = Room.objects.select_for_update(no_key=True).filter(pk=room.pk).first()
    if locked is None:
        raise NotFound(NO_ROOM)
    return locked


def membership_under_lock(user: User, room: Room) -> Membership | None:
    """Return the membership of an active user in a locked room: they can't be removed in between."""
    return Membership.objects.filter(user=user, room=room, user__is_active=True).first()


def check_not_blocked(member: Membership) -> None:
    """Check that no member of a direct room of two has blocked the other. Raises Conflict."""
    if member.silenced:
        raise Conflict(SENDING_BLOCKED)
