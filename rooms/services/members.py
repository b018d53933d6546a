"""Members of a room: joining, leaving, roles, removing and banning.

The members of a direct room never change.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from chatproject.realtime.protocol import LeftReason
from rooms import signals
from rooms.errors import Conflict, InvalidField, NotFound
from rooms.events import announce_room_lists, announce_room_people, room_stream
from rooms.models import AuditAction, Ban, Invitation, Membership, Room, User
from rooms.selectors.rooms import NO_ROOM
from rooms.services.audit import audit_record
from rooms.services.direct_rooms import check_not_direct, direct_room_hide
from rooms.services.email_acceptance import email_invitation_used
from rooms.services.locking import check_not_muted, lock_room, membership_under_lock
from rooms.services.mention_notices import wait_for_pending_mentions
from rooms.services.ownership import check_owner_remains, joining_role, withdraw_invitations_if_empty
from rooms.services.reminders import wait_for_due_reminders

NO_MEMBER = _("Member not found.")
MANAGERS = {Membership.Role.OWNER, Membership.Role.MODERATOR}


@transaction.atomic
def member_join(*, user: User, room: Room) -> Membership:
    """Join an open room, as its owner when it has none. Idempotent.

    Raises NotFound when the room is not open to the user: they are banned, or it is private or direct.
    """
    locked = lock_room(room)
    existing = membership_under_lock(user, locked)
    if existing is not None:
        return existing
    if locked.kind != Room.Kind.OPEN or Ban.objects.filter(room=locked, user=user).exists():
        raise NotFound(NO_ROOM)
    return join(locked, user)


@transaction.atomic
def member_add(*, by: User, room: Room, user: User, role: str = Membership.Role.MEMBER) -> Membership:
    """Add a user to a room without asking them. Idempotent.

    For the Django admin only: pages, the API and sockets send invitations instead.

    For the room's owners and moderators; only owners may give a role above member.

    Raises:
        NotFound: `by` may not do that.
        InvalidField: there is no such role.
        Conflict: the user is banned, or the room is a direct room.
    """
    locked = lock_room(room)
    check_may_manage(by, locked, MANAGERS if role == Membership.Role.MEMBER else {Membership.Role.OWNER})
    _check_role(role)
    existing = Membership.objects.filter(room=locked, user=user).first()
    if existing is not None:
        return existing
    if Ban.objects.filter(room=locked, user=user).exists():
        raise Conflict(_("This person is banned from the room. Unban them first."))
    audit_record(AuditAction.MEMBER_ADDED, by=by, room=locked, user=user, after={"role": role})
    return add_member(locked, user, Membership.Role(role))


@transaction.atomic
def member_set_role(*, by: User, room: Room, user: User, role: str) -> Membership:
    """Change the role of a member. For owners. Raises NotFound, InvalidField, or Conflict for the last owner."""
    locked = lock_room(room)
    check_may_manage(by, locked, {Membership.Role.OWNER})
    _check_role(role)
    member = _get_member(locked, user)
    if member.role != role:
        check_owner_remains(member)
        before, after = {"role": member.role}, {"role": role}
        audit_record(AuditAction.MEMBER_ROLE, by=by, room=locked, user=user, before=before, after=after)
        change_role(locked, member, Membership.Role(role))
    return member


@transaction.atomic
def member_leave(*, user: User, room: Room) -> None:
    """End the user's own membership; a direct room is hidden from their list until they open it again.

    When the last member leaves a private room, only staff can reach it; they may invite a new owner.

    Raises NotFound when the user is not a member, and Conflict when they are the last owner and others remain.
    """
    locked = lock_room(room)
    member = _get_member(locked, user)
    if locked.kind == Room.Kind.DIRECT:
        direct_room_hide(user=user, room=locked, until_reopened=True)
        return
    check_owner_remains(member)
    remove_member(member, locked, LeftReason.ASKED)


@transaction.atomic
def member_remove(*, by: User, room: Room, user: User) -> None:
    """Remove a member. Moderators may remove members, owners everyone. Raises NotFound, Conflict."""
    locked = lock_room(room)
    member = _get_member(locked, user)
    _check_may_remove(by, locked, member)
    audit_record(AuditAction.MEMBER_REMOVED, by=by, room=locked, user=user, before={"role": member.role})
    remove_member(member, locked, LeftReason.REMOVED)


@transaction.atomic
def member_ban(*, by: User, room: Room, user: User) -> Ban:
    """Ban a user from a room, and remove them if they are a member. Idempotent. Raises NotFound, Conflict."""
    locked = lock_room(room)
    member = Membership.objects.filter(room=locked, user=user).first()
    _check_may_remove(by, locked, member)
    if Invitation.objects.filter(room=locked, user=user).delete()[0]:
        announce_room_lists([user.pk])
    ban, created = Ban.objects.get_or_create(room=locked, user=user, defaults={"by": by})
    if created:
        before = {"role": member.role} if member is not None else {}
        audit_record(AuditAction.MEMBER_BANNED, by=by, room=locked, user=user, before=before)
    if member is not None:
        remove_member(member, locked, LeftReason.BANNED)
    else:
        _announce_change(locked, user, LeftReason.BANNED)
    return ban


@transaction.atomic
def member_unban(*, by: User, room: Room, user: User) -> None:
    """Lift a ban. For owners and moderators. Raises NotFound when there is none."""
    locked = lock_room(room)
    check_may_manage(by, locked, MANAGERS)
    if not Ban.objects.filter(room=locked, user=user).delete()[0]:
        raise NotFound(_("Ban not found."))
    audit_record(AuditAction.MEMBER_UNBANNED, by=by, room=locked, user=user)
    announce_room_people(locked)


def _get_member(room: Room, user: User) -> Membership:
    member = Membership.objects.filter(room=room, user=user).first()
    if member is None:
        raise NotFound(NO_MEMBER)
    return member


def join(room: Room, user: User) -> Membership:
    """Make a user who may join a locked room its member, or its owner if it has none."""
    role = joining_role(room)
    if role == Membership.Role.OWNER:
        audit_record(AuditAction.MEMBER_ROLE, by=user, room=room, user=user, after={"role": role})
    return add_member(room, user, role)


def add_member(room: Room, user: User, role: Membership.Role) -> Membership:
    """Add a user to a locked room and delete their invitation. Permissions have been checked by the caller."""
    # Takes no version: nobody loses access by it, and a thousand people may join in a minute.
    invitation = Invitation.objects.filter(room=room, user=user).first()
    if invitation is not None:
        if invitation.by_email_id is not None:
            email_invitation_used(invitation)
        invitation.delete()
    announce_room_lists([user.pk])
    announce_room_people(room, joined=[user.pk])
    return Membership.objects.create(room=room, user=user, role=role, read_seq=room.last_seq)


def remove_member(member: Membership, room: Room, reason: LeftReason) -> None:
    """End a membership of a locked room. Permissions have been checked by the caller."""
    user = member.user
    member.delete()
    withdraw_invitations_if_empty(room)
    _announce_change(room, user, reason)


def change_role(room: Room, member: Membership, role: Membership.Role) -> None:
    """Change the role of a member of a locked room. Permissions have been checked by the caller."""
    member.role = role
    member.save(update_fields=["role"])
    _announce_change(room)


def _announce_change(room: Room, removed: User | None = None, reason: LeftReason = LeftReason.REMOVED) -> None:
    room.version += 1
    room.save(update_fields=["version"])
    room_stream.announce_change(room, reasons={removed.pk: reason} if removed else None)
    if removed is not None:
        send_room_access_lost(room, [removed.pk])


def send_room_access_lost(room: Room, user_ids: Collection[int] | None) -> None:
    """Signal that these users, or with None all users, may have lost access to a locked room.

    Call it at most once in a transaction.
    """
    wait_for_pending_mentions(room, user_ids)
    wait_for_due_reminders(room, user_ids)
    signals.room_access_lost.send(Room, room=room, user_ids=user_ids)


def _check_role(role: str) -> None:
    if role not in Membership.Role.values:
        choices = {"field": "role", "choices": ", ".join(Membership.Role.values)}
        raise InvalidField(_("%(field)s must be one of %(choices)s."), choices)


def check_may_manage(by: User, room: Room, roles: set[Membership.Role]) -> None:
    """Check that a user is staff or has one of these roles in the room.

    Raises NotFound when they have not, Conflict for a direct room that they may know of, and Muted.
    """
    member = membership_under_lock(by, room)
    if by.is_staff or member is not None:
        check_not_direct(room)
    if not by.is_staff and (member is None or member.role not in roles):
        raise NotFound(NO_ROOM)
    check_not_muted(by.pk, room.pk)


def _check_may_remove(by: User, room: Room, member: Membership | None) -> None:
    is_plain_member = member is None or member.role == Membership.Role.MEMBER
    check_may_manage(by, room, MANAGERS if is_plain_member else {Membership.Role.OWNER})
    if member is not None:
        check_owner_remains(member)
