"""The row lock under which a room changes."""

from __future__ import annotations

from rooms.errors import Conflict, NotFound
from rooms.models import Membership, Room, User
from rooms.selectors.rooms import NO_ROOM

SENDING_BLOCKED = "You can't send messages to this person."  # whoever of the two has blocked the other


def lock_room(room: Room) -> Room:
    """The room as it is now, locked until the transaction ends. Raises NotFound when it was deleted."""
    locked = Room.objects.select_for_update(no_key=True).filter(pk=room.pk).first()
    if locked is None:
        raise NotFound(NO_ROOM)
    return locked


def membership_under_lock(user: User, room: Room) -> Membership | None:
    """How an active person belongs to a locked room: no removal can come between."""
    return Membership.objects.filter(user=user, room=room, user__is_active=True).first()


def check_not_blocked(member: Membership) -> None:
    """Refuse to say anything in a direct room of which one has blocked the other. Raises Conflict."""
    if member.silenced:
        raise Conflict(SENDING_BLOCKED)
