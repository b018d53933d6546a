"""Mute people for a time, in a room or everywhere, and unmute them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms import signals
from rooms.errors import Conflict, InvalidField, NotFound
from rooms.events import announce_room_people
from rooms.models import AuditAction, Membership, Restriction, Room, User
from rooms.selectors.people import NO_PERSON
from rooms.selectors.rank import may_manage_account
from rooms.selectors.restrictions import restrictions_in_force
from rooms.services.accounts import user_sockets_recheck
from rooms.services.audit import audit_record
from rooms.services.locking import lock_room
from rooms.services.members import MANAGERS, check_may_manage
from rooms.services.moments import check_moment
from rooms.services.text_rules import TOO_LONG, check_line

MAX_REASON_LENGTH = 200
NOT_MUTED = _("This person is not muted.")


@transaction.atomic
def user_mute(
    *, by: User, user: User, room: Room | None = None, until: object = None, reason: object = ""
) -> Restriction:
    """Mute a user in a room, or for None everywhere: they can read, but not write. They are notified.

    `until` is a time in ISO 8601, or None until they are unmuted. Replaces an earlier mute in the same place; the same
    one again changes nothing. In a room for its owners and moderators; only owners may mute owners and moderators.
    Everywhere for staff.

    Raises:
        NotFound: `by` may not do that.
        InvalidField: the time or the reason is not acceptable.
        Conflict: the user is `by` or staff, or the room is a direct room.
    """
    words, end = _check_reason(reason), None if until is None else _check_until(until)
    # The account first, as where a message is scheduled.
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    place = _lock_place(by, locked, room)
    if by.pk == locked.pk:
        raise Conflict(_("You can’t mute yourself."))
    if locked.is_staff:
        raise Conflict(_("Admins can’t be muted."))
    now = timezone.now()
    kept = Restriction.objects.filter(user=locked, room=place, kind=Restriction.Kind.MUTED, lifted_at=None)
    former = kept.first()
    if former is not None and (former.until, former.reason) == (end, words):
        return former
    kept.update(lifted_at=now, lifted_by=by)
    restriction = Restriction.objects.create(user=locked, room=place, until=end, reason=words, by=by, created_at=now)
    locked.restricted = True
    locked.save(update_fields=["restricted"])
    _announce(restriction)
    audit_record(
        AuditAction.MEMBER_MUTED,
        by=by,
        room=place,
        user=locked,
        before={"until": former.until, "reason": former.reason} if former else None,
        after={"until": end, "reason": words},
    )
    signals.person_muted.send(Restriction, restriction=restriction)
    return restriction


@transaction.atomic
def user_unmute(*, by: User, user: User, room: Room | None = None) -> Restriction:
    """Unmute a user in a room, or for None everywhere. For those who may mute them there.

    Raises NotFound for everyone else and when the user is not muted there, and Conflict for a direct room.
    """
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    place = _lock_place(by, locked, room)
    found = restrictions_in_force().filter(user=locked, room=place, kind=Restriction.Kind.MUTED).first()
    if found is None:
        raise NotFound(NOT_MUTED)
    found.lifted_at, found.lifted_by = timezone.now(), by
    found.save(update_fields=["lifted_at", "lifted_by"])
    locked.restricted = restrictions_in_force().filter(user=locked).exists()
    locked.save(update_fields=["restricted"])
    audit_record(
        AuditAction.MEMBER_UNMUTED,
        by=by,
        room=place,
        user=locked,
        before={"until": found.until, "reason": found.reason},
    )
    _announce(found)
    return found


def _lock_place(by: User, user: User, room: Room | None) -> Room | None:
    """Lock the room, if there is one, and check that `by` may mute this user there. Raises NotFound, Conflict."""
    if room is None:
        if not by.is_staff or not may_manage_account(by, user):
            raise NotFound(NO_PERSON)
        return None
    locked = lock_room(room)
    member = Membership.objects.filter(room=locked, user=user).first()
    is_plain_member = member is None or member.role == Membership.Role.MEMBER
    check_may_manage(by, locked, MANAGERS if is_plain_member else {Membership.Role.OWNER})
    return locked


def _announce(restriction: Restriction) -> None:
    """Have the user's sockets learn of it, and the lists of members."""
    user_sockets_recheck(user=restriction.user)
    if restriction.room is not None:
        announce_room_people(restriction.room)


def _check_reason(reason: object) -> str:
    if not isinstance(reason, str):
        raise InvalidField(_("%(field)s must be a string."), {"field": "reason"})
    if not reason.strip():
        return ""
    line = check_line(reason, "reason")
    if len(line) > MAX_REASON_LENGTH:
        raise InvalidField(TOO_LONG, {"maximum": MAX_REASON_LENGTH, "length": len(line)}, field="reason")
    return line


def _check_until(until: object) -> datetime:
    moment = check_moment(until, "until")
    if moment <= timezone.now():
        raise InvalidField(_("This time is in the past."), field="until")
    return moment
