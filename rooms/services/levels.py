"""What members want of a room: which messages notify them, and where the room is in their list."""

from __future__ import annotations

from typing import TypedDict, Unpack

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from rooms.errors import InvalidField, NotFound
from rooms.events import announce_room_lists
from rooms.models import Membership, Room, User
from rooms.selectors.rooms import NO_ROOM
from rooms.services.locking import lock_room
from rooms.services.room_news import room_listen
from rooms.services.sections import lock_sections


class MembershipSettings(TypedDict, total=False):
    """New values of some of the settings. `section` is the id of one of the user's sections, or None for none."""

    level: str
    muted: bool
    favourite: bool
    section: int | None


@transaction.atomic
def membership_update(*, user: User, room: Room, **changes: Unpack[MembershipSettings]) -> Membership:
    """Change the given settings of a user's own membership, on all of their devices at once.

    Raises InvalidField for an unknown level or section, and NotFound when they are not a member.
    """
    if "level" in changes and changes["level"] not in Membership.Level.values:
        raise InvalidField(_("Choose everything, mentions or nothing."), field="level")
    if changes.get("level") == Membership.Level.EVERYTHING:
        # Locked first: meanwhile nobody decides that no member of the room wants to hear of every message.
        room_listen(lock_room(room))
    section_id = changes.get("section")
    if section_id is not None and section_id not in {section.pk for section in lock_sections(user)}:
        raise InvalidField(_("Choose one of your sections."), field="section")
    mine = Membership.objects.filter(user=user, room=room)
    if changes and mine.exclude(**changes).update(**changes):
        announce_room_lists([user.pk])
    membership = mine.first()
    if membership is None:
        raise NotFound(NO_ROOM)
    return membership
