"""Joining, inviting, leaving, removing, banning and roles. In a direct room nothing of this can be done."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from chatproject.realtime.protocol import LeftReason
from rooms import signals
from rooms.errors import Conflict, InvalidField, NotFound
from rooms.events import announce_room_lists, announce_room_people, room_stream
from rooms.models import Ban, Invitation, Membership, Room, User
from rooms.selectors.rooms import NO_ROOM
from rooms.services.direct_rooms import check_not_direct, direct_room_hide
from rooms.services.locking import lock_room, membership_under_lock
from rooms.services.mention_notices import wait_for_pending_mentions
from rooms.services.ownership import check_owner_remains, joining_role, withdraw_invitations_if_empty

NO_MEMBER = "Member not found."
MANAGERS = {Membership.Role.OWNER, Membership.Role.MODERATOR}


@transaction.atomic
def member_join(*, user: User, room: Room) -> Membership:
    """Make oneself a member of an open room, of one without an owner its owner. Idempotent.

    Raises NotFound, for the banned and for closed doors.
    """
    locked = lock_room(room)
    existing = membership_under_lock(user, locked)
    if existing is not None:
        return existing
    if locked.kind != Room.Kind.OPEN or Ban.objects.filter(room=locked, user=user).exists():
        raise NotFound(NO_ROOM)
    return add_member(locked, user, joining_role(locked))


@transaction.atomic
def member_add(*, by: User, room: Room, user: User, role: str = Membership.Role.MEMBER) -> Membership:
    """Bring somebody into a room without asking them: for the admin, never for a door that people use.

    Idempotent. For the room's owners and moderators; only owners give a role above member.

    Raises NotFound for everybody else, Conflict when the person is banned, InvalidField for an unknown role.
    """
    locked = lock_room(room)
    check_may_manage(by, locked, MANAGERS if role == Membership.Role.MEMBER else {Membership.Role.OWNER})
    _check_role(role)
    existing = Membership.objects.filter(room=locked, user=user).first()
    if existing is not None:
        return existing
    if Ban.objects.filter(room=locked, user=user).exists():
        raise Conflict("This person is banned from the room. Unban them first.")
    return add_member(locked, user, Membership.Role(role))


@transaction.atomic
def member_set_role(*, by: User, room: Room, user: User, role: str) -> Membership:
    """Give a member another role. For owners. Raises NotFound, InvalidField, or Conflict for the last owner."""
    locked = lock_room(room)
    check_may_manage(by, locked, {Membership.Role.OWNER})
    _check_role(role)
    member = _get(locked, user)
    if member.role != role:
        check_owner_remains(member)
        member.role = Membership.Role(role)
        member.save(update_fields=["role"])
        _announce(locked)
    return member


@transaction.atomic
def member_leave(*, user: User, room: Room) -> None:
    """End one's own membership; a direct room goes out of one's list until one opens it again.

    A private room that the last one leaves is in nobody's reach but staff's, who may invite somebody to own it.

    Raises NotFound when there is none, Conflict for the last owner of others' room.
    """
    locked = lock_room(room)
    member = _get(locked, user)
    if locked.kind == Room.Kind.DIRECT:
        direct_room_hide(user=user, room=locked, for_good=True)
        return
    check_owner_remains(member)
    _remove(member, locked, LeftReason.ASKED)


@transaction.atomic
def member_remove(*, by: User, room: Room, user: User) -> None:
    """End somebody's membership. For moderators over members, and owners over all. Raises NotFound, Conflict."""
    locked = lock_room(room)
    member = _get(locked, user)
    _check_may_remove(by, locked, member)
    _remove(member, locked, LeftReason.REMOVED)


@transaction.atomic
def member_ban(*, by: User, room: Room, user: User) -> Ban:
    """Remove somebody, if they are there, and keep them from coming back. Idempotent. Raises NotFound, Conflict."""
    locked = lock_room(room)
    member = Membership.objects.filter(room=locked, user=user).first()
    _check_may_remove(by, locked, member)
    if Invitation.objects.filter(room=locked, user=user).delete()[0]:
        announce_room_lists([user.pk])
    ban, _ = Ban.objects.get_or_create(room=locked, user=user, defaults={"by": by})
    if member is not None:
        _remove(member, locked, LeftReason.BANNED)
    else:
        _announce(locked, user, LeftReason.BANNED)
    return ban


@transaction.atomic
def member_unban(*, by: User, room: Room, user: User) -> None:
    """Lift a ban. For owners and moderators. Raises NotFound when there is none."""
    locked = lock_room(room)
    check_may_manage(by, locked, MANAGERS)
    if not Ban.objects.filter(room=locked, user=user).delete()[0]:
        raise NotFound("Ban not found.")
    announce_room_people(locked)


def _get(room: Room, user: User) -> Membership:
    member = Membership.objects.filter(room=room, user=user).first()
    if member is None:
        raise NotFound(NO_MEMBER)
    return member


def add_member(room: Room, user: User, role: Membership.Role) -> Membership:
    """Make somebody a member of a locked room, which ends an invitation. Whether they may be one has been looked at."""
    # Takes no version: nobody loses anything by it, and a thousand people may join in a minute.
    Invitation.objects.filter(room=room, user=user).delete()
    announce_room_lists([user.pk])
    announce_room_people(room, joined=[user.pk])
    return Membership.objects.create(room=room, user=user, role=role, read_seq=room.last_seq)


def _remove(member: Membership, room: Room, reason: LeftReason) -> None:
    user = member.user
    member.delete()
    withdraw_invitations_if_empty(room)
    _announce(room, user, reason)


def _announce(room: Room, gone: User | None = None, reason: LeftReason = LeftReason.REMOVED) -> None:
    room.version += 1
    room.save(update_fields=["version"])
    room_stream.announce_change(room, reasons={gone.pk: reason} if gone else None)
    if gone is not None:
        send_room_access_lost(room, [gone.pk])


def send_room_access_lost(room: Room, user_ids: Collection[int] | None) -> None:
    """Have what these people, or all, know of a locked room follow who may read it now. Once in a transaction."""
    wait_for_pending_mentions(room, user_ids)
    signals.room_access_lost.send(Room, room=room, user_ids=user_ids)


def _check_role(role: str) -> None:
    if role not in Membership.Role.values:
        raise InvalidField(f"role must be one of {', '.join(Membership.Role.values)}.")


def check_may_manage(by: User, room: Room, roles: set[Membership.Role]) -> None:
    """Raise NotFound for whoever is not staff and has none of these roles in a room, Conflict for a direct one."""
    member = membership_under_lock(by, room)
    if by.is_staff or member is not None:
        check_not_direct(room)
    if not by.is_staff and (member is None or member.role not in roles):
        raise NotFound(NO_ROOM)


def _check_may_remove(by: User, room: Room, member: Membership | None) -> None:
    ordinary = member is None or member.role == Membership.Role.MEMBER
    check_may_manage(by, room, MANAGERS if ordinary else {Membership.Role.OWNER})
    if member is not None:
        check_owner_remains(member)
