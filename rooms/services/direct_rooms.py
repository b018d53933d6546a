"""Direct rooms: exactly one for each set of people, no matter which of them opens it."""

from __future__ import annotations

import secrets
from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from rooms.errors import Conflict, InvalidField, NotFound
from rooms.events import announce_room_lists
from rooms.models import Membership, Room, User
from rooms.selectors.blocks import blocked_between
from rooms.selectors.people import NO_PERSON
from rooms.selectors.room_titles import direct_key
from rooms.selectors.rooms import NO_ROOM
from rooms.services.locking import SENDING_BLOCKED, check_not_muted

MAX_DIRECT_PEOPLE = 10
WRONG_PEOPLE_COUNT = _("A direct room has 2 to %(maximum)d people, including you.")
MEMBERS_ARE_FIXED = _("The people in a direct room can't be changed. Start a new one instead.")


def direct_room_open(*, by: User, people: Collection[User]) -> tuple[Room, bool]:
    """Return the direct room of `by` and these people, and whether it was created by this call.

    A room that `by` has hidden or left returns to their list.

    Raises:
        InvalidField: they are fewer than 2 or more than MAX_DIRECT_PEOPLE people.
        NotFound: the room would be new, and an account is inactive.
        Conflict: the room would be new, and `by` has blocked one of the others or is blocked by one.
        Muted: the room would be new, and `by` is muted everywhere.
    """
    everybody = {user.pk: user for user in (by, *people)}
    if not 2 <= len(everybody) <= MAX_DIRECT_PEOPLE:
        raise InvalidField(WRONG_PEOPLE_COUNT, {"maximum": MAX_DIRECT_PEOPLE}, field="user_names")
    key = direct_key(everybody)
    room = Room.objects.filter(direct_key=key).first()
    if room is not None:
        direct_room_show(user=by, room=room)
        return room, False
    if not all(user.is_active for user in everybody.values()):
        raise NotFound(NO_PERSON)
    try:
        with transaction.atomic():
            return _create(by, key, everybody.values()), True
    except IntegrityError:  # another of them opened it at the same moment
        return Room.objects.get(direct_key=key), False


@transaction.atomic
def direct_room_hide(*, user: User, room: Room, until_reopened: bool = False) -> None:
    """Hide a direct room from a user's list until the next message, or with `until_reopened` until they open it again.

    Raises NotFound when they are not a member of it, and Conflict when it is not a direct room.
    """
    if room.kind != Room.Kind.DIRECT:
        raise Conflict(_("Only direct rooms can be hidden. Leave this room instead."))
    seq = (
        Membership.UNTIL_REOPENED if until_reopened else Room.objects.values_list("last_seq", flat=True).get(pk=room.pk)
    )
    if not Membership.objects.filter(room=room, user=user).update(hidden_seq=seq):
        raise NotFound(NO_ROOM)
    announce_room_lists([user.pk])


@transaction.atomic
def direct_room_show(*, user: User, room: Room) -> None:
    """Return a direct room to a user's list, if they have hidden or left it."""
    if Membership.objects.filter(room=room, user=user, hidden_seq__isnull=False).update(hidden_seq=None):
        announce_room_lists([user.pk])


def check_not_direct(room: Room) -> None:
    """Check that the members of a room may change: those of a direct room may not. Raises Conflict."""
    if room.kind == Room.Kind.DIRECT:
        raise Conflict(MEMBERS_ARE_FIXED)


def _create(by: User, key: str, people: Collection[User]) -> Room:
    # The same locks as in `user_block`, so that nobody is blocked in between.
    ids = [user.pk for user in people]
    list(User.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
    check_not_muted(by.pk)
    blocks = blocked_between(by, [user for user in people if user != by])
    if blocks:
        mine = [block.user.shown_name for block in blocks if block.by_id == by.pk]
        if mine:
            raise Conflict(_("You have blocked %(name)s. Unblock them first."), {"name": mine[0]})
        raise Conflict(SENDING_BLOCKED)
    # A random name: one derived from the people could be taken by somebody else first.
    name = f"dm-{secrets.token_hex(16)}"
    room = Room.objects.create(name=name, kind=Room.Kind.DIRECT, direct_key=key, created_by=by, listened=True)
    Membership.objects.bulk_create(Membership(room=room, user=user) for user in people)
    announce_room_lists([user.pk for user in people])
    return room
