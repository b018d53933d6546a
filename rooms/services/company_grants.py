"""What groups of a company give: roles in rooms, and staff status.

Each gift is noted. Leaving the group takes away what the group gave: a membership, or a higher role than before. What
somebody has given by hand stays, and what somebody has taken away by hand is not given again by the same group.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from django.db import transaction

from chatproject.installation.company_accounts import ROLES
from chatproject.realtime.protocol import LeftReason
from rooms.errors import NotFound
from rooms.models import AuditAction, Ban, CompanyAccount, CompanyGrant, Membership, Room, User
from rooms.selectors.company import gifts_of
from rooms.services.accounts import user_sockets_recheck
from rooms.services.audit import audit_record
from rooms.services.locking import lock_room
from rooms.services.members import add_member, change_role, remove_member
from rooms.services.ownership import hand_over

logger = logging.getLogger(__name__)
_missing: set[str] = set()  # rooms that don't exist, of which this process has told


def company_groups_apply(*, company: CompanyAccount, groups: Collection[str]) -> None:
    """Give what the groups of a company account give now, and take away what those gave that its person has left."""
    gift = gifts_of(groups)
    present = sorted(groups)
    if company.groups != present:
        company.groups = present
        CompanyAccount.objects.filter(pk=company.pk).update(groups=present)
    if company.staff_given != gift.staff:
        _apply_staff(company, gift.staff)
    rooms = {room.name: room.pk for room in Room.objects.filter(name__in=gift.rooms).exclude(kind=Room.Kind.DIRECT)}
    for name in gift.rooms.keys() - rooms.keys() - _missing:
        _missing.add(name)
        logger.warning("COMPANY_GROUPS gives a room that does not exist: %s", name)
    wanted = {rooms[name]: role for name, role in gift.rooms.items() if name in rooms}
    noted = dict(company.grants.values_list("room_id", "role"))
    for room_id in sorted(wanted.keys() | noted.keys()):  # the order in which rooms are locked
        if wanted.get(room_id) != noted.get(room_id):
            _apply_room(company, room_id, wanted.get(room_id))


@transaction.atomic
def _apply_staff(company: CompanyAccount, staff: bool) -> None:
    """Give staff status, or take it away if a group gave it. Superusers keep it: nothing works for them without."""
    locked = CompanyAccount.objects.select_for_update(no_key=True).get(pk=company.pk)
    user = User.objects.select_for_update(no_key=True).get(pk=company.account.user_id)
    if locked.staff_given == staff or (staff and user.is_staff):
        return  # another process was faster, or somebody gave it by hand, and that stays
    company.staff_given = staff
    CompanyAccount.objects.filter(pk=company.pk).update(staff_given=staff)
    if user.is_staff == staff or user.is_superuser:
        return
    user.is_staff = staff
    user.save(update_fields=["is_staff"])
    user_sockets_recheck(user=user)
    audit_record(
        AuditAction.ACCOUNT_RIGHTS, user=user, before={"staff": not staff}, after={"staff": staff, "reason": "group"}
    )


@transaction.atomic
def _apply_room(company: CompanyAccount, room_id: int, role: str | None) -> None:
    """Make a person's membership of a room what their groups give now; None for nothing."""
    user = company.account.user
    try:
        room = lock_room(Room(pk=room_id))
    except NotFound:
        return
    grant = CompanyGrant.objects.filter(company=company, room=room).select_related("membership").first()
    member = Membership.objects.filter(room=room, user=user).select_related("user").first()
    if grant is not None and role is None:
        grant.delete()
        if member is not None and grant.membership_id == member.pk:
            _take_back(room, member, grant)
    elif role is not None and (member is not None or not Ban.objects.filter(room=room, user=user).exists()):
        _give(room, user, member, grant or CompanyGrant(company=company, room=room), Membership.Role(role))


def _give(room: Room, user: User, member: Membership | None, grant: CompanyGrant, role: Membership.Role) -> None:
    if member is None:
        grant.membership, grant.former_role = add_member(room, user, role), ""
        _record(AuditAction.MEMBER_ADDED, room, user, after={"role": role})
    elif grant.membership_id == member.pk and member.role == grant.role:  # as the group left it
        lowest = grant.former_role or role
        _set_role(room, member, Membership.Role(max(role, lowest, key=ROLES.index)))
    elif ROLES.index(member.role) < ROLES.index(role):
        if grant.membership_id != member.pk:
            grant.membership, grant.former_role = member, member.role
        _set_role(room, member, role)
    grant.role = role
    grant.save()


def _take_back(room: Room, member: Membership, grant: CompanyGrant) -> None:
    if ROLES.index(member.role) > ROLES.index(grant.role):
        return  # somebody has given them more since
    if not grant.former_role:
        hand_over(room, member)
        remove_member(member, room, LeftReason.REMOVED)
        _record(AuditAction.MEMBER_REMOVED, room, member.user)
    elif member.role == grant.role:
        _set_role(room, member, Membership.Role(grant.former_role))


def _set_role(room: Room, member: Membership, role: Membership.Role) -> None:
    former = member.role
    if former == role:
        return
    if role != Membership.Role.OWNER:
        hand_over(room, member)
    change_role(room, member, role)
    _record(AuditAction.MEMBER_ROLE, room, member.user, before={"role": former}, after={"role": role})


def _record(action: AuditAction, room: Room, user: User, **values: dict[str, object]) -> None:
    values["after"] = {**values.get("after", {}), "reason": "group"}
    audit_record(action, room=room, user=user, **values)  # type: ignore[arg-type]
