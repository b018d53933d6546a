"""The row lock of a room, and checks that need it."""

from __future__ import annotations

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from rooms.errors import Conflict, Muted, NotFound
from rooms.models import Membership, Restriction, Room, User
from rooms.selectors.restrictions import find_mute
from rooms.selectors.rooms import NO_ROOM

SENDING_BLOCKED = _("You can't send messages to this person.")  # the same whichever of the two has blocked the other


def lock_room(room: Room) -> Room:
    """Lock a room until the transaction ends, and return its present state. Raises NotFound when it was deleted."""
    locked = Room.objects.select_for_update(no_key=True).filter(pk=room.pk).first()
    if locked is None:
        raise NotFound(NO_ROOM)
    return locked


def membership_under_lock(user: User, room: Room) -> Membership | None:
    """Return the membership of an active user in a locked room: they can't be removed or muted in between."""
    members = Membership.objects.filter(user=user, room=room, user__is_active=True)
    return members.annotate(restricted=F("user__restricted")).first()


def check_may_write(member: Membership) -> None:
    """Check that a member, as from `membership_under_lock`, may write in their room.

    Raises Muted, and Conflict when in a direct room of two one has blocked the other.
    """
    if member.silenced:
        raise Conflict(SENDING_BLOCKED)
    if vars(member)["restricted"]:
        check_not_muted(member.user_id, member.room_id)


def check_not_muted(user_id: int, room_id: int | None = None) -> None:
    """Check that a user is not muted everywhere, or in this room. Raises Muted.

    Every service that writes what others see calls this or `check_may_write`; a test has the list of them.
    """
    if (mute := find_mute(user_id, room_id)) is not None:
        raise muted_error(mute)


def muted_error(mute: Restriction) -> Muted:
    """Return the error that says until when somebody is muted, and why."""
    return Muted(everywhere=mute.room_id is None, until=mute.until, reason=mute.reason)
