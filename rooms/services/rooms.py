"""Create, update, close, reopen and delete rooms.

A closed room can be read but not written to. The pages call it archived.
"""

from __future__ import annotations

from string import ascii_lowercase, digits

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from chatproject.logs import log_room_access
from chatproject.realtime.protocol import LeftReason
from rooms import signals
from rooms.errors import Conflict, InvalidField, NotFound, ServiceError
from rooms.events import announce_public_rooms, announce_room_lists, room_stream
from rooms.models import AuditAction, Membership, Room, User
from rooms.selectors.rooms import NO_ROOM
from rooms.services.audit import audit_record, changes
from rooms.services.locking import check_not_muted, lock_room, membership_under_lock
from rooms.services.members import send_room_access_lost
from rooms.services.mention_notices import wait_for_pending_mentions
from rooms.services.reminders import wait_for_due_reminders
from rooms.services.search import entries_remove_of
from rooms.services.text_rules import check_line

MANAGERS = {Membership.Role.OWNER, Membership.Role.MODERATOR}
# The same for every name that is not available: it may belong to a room whose existence the user must not learn.
NAME_NOT_AVAILABLE = _("This room name is not available. Choose another one.")
# By kind and guests of a room: the higher, the more people may read it or post to it.
AUDIENCE_RANK: dict[tuple[str, str], int] = {
    (Room.Kind.PRIVATE, Room.Guests.NONE): 0,
    (Room.Kind.OPEN, Room.Guests.NONE): 1,
    (Room.Kind.OPEN, Room.Guests.READ): 2,
    (Room.Kind.OPEN, Room.Guests.WRITE): 3,
}
DIRECT_KIND_NOT_ALLOWED = _("A direct room is made by naming its people.")


def room_create(
    *,
    by: User,
    name: str = "",
    title: str = "",
    description: str = "",
    kind: str = "open",
    guests: str = "none",
    pinning: str = "moderators",
    room_mentions: str = "moderators",
    link_previews: bool = True,
    public_log: bool = False,
    slow_seconds: int = 0,
) -> Room:
    """Create a room owned by its creator. Without a name, it gets one that nobody can guess.

    Raises InvalidField, Muted, or Conflict when the name is not available, with the same message whatever the reason.
    """
    check_not_muted(by.pk)
    if kind == Room.Kind.DIRECT:
        raise InvalidField(DIRECT_KIND_NOT_ALLOWED, field="kind")
    name = name or _generate_name(title)
    fields = {"title": title, "description": description, "kind": kind, "guests": guests}
    fields |= {"pinning": pinning, "room_mentions": room_mentions}
    room = Room(
        name=name,
        created_by=by,
        link_previews=link_previews,
        public_log=public_log,
        slow_seconds=slow_seconds,
        **fields,
    )
    _check(room)
    try:
        with transaction.atomic():
            room.save()
            Membership.objects.create(room=room, user=by, role=Membership.Role.OWNER)
            audit_record(AuditAction.ROOM_CREATED, by=by, room=room, after={"kind": kind, "guests": guests})
            announce_room_lists([by.pk])
            announce_public_rooms(room)
    except IntegrityError as error:
        raise Conflict(NAME_NOT_AVAILABLE) from error
    return room


def _generate_name(title: str) -> str:
    """Make a name of the letters of the title that a name may contain, and a random part of 51 bits."""
    beginning = slugify(title)[:40].strip("-_")
    return f"{beginning or 'room'}-{get_random_string(10, ascii_lowercase + digits)}"


@transaction.atomic
def room_update(
    *,
    by: User,
    room: Room,
    title: str | None = None,
    description: str | None = None,
    kind: str | None = None,
    guests: str | None = None,
    pinning: str | None = None,
    room_mentions: str | None = None,
    link_previews: bool | None = None,
    public_log: bool | None = None,
    slow_seconds: int | None = None,
) -> Room:
    """Update the given fields of a room. For its owners and moderators, and for staff.

    Only owners and staff may change who can read it, that is its `kind` and `guests`. When more people can read it than
    before, its members are notified.

    Raises:
        InvalidField: a value is not acceptable.
        NotFound: `by` may not change the room.
        Conflict: it is a direct room, it would admit guests without being open, or a moderator would change who can
            read it.
    """
    locked = _lock_room_for(by, room, MANAGERS)
    if kind == Room.Kind.DIRECT:
        raise InvalidField(DIRECT_KIND_NOT_ALLOWED, field="kind")
    if locked.kind == Room.Kind.DIRECT:
        raise Conflict(_("A direct room has no settings. It is named after the people in it."))
    texts = {"title": title, "description": description, "kind": kind, "guests": guests}
    texts |= {"pinning": pinning, "room_mentions": room_mentions}
    given: dict[str, str | int | None] = {
        **texts,
        "link_previews": link_previews,
        "public_log": public_log,
        "slow_seconds": slow_seconds,
    }
    kind_before, guests_before = locked.kind, locked.guests
    was_open = kind_before == Room.Kind.OPEN
    values_before = {field: getattr(locked, field) for field in given}
    for field, value in given.items():
        if value is not None:
            setattr(locked, field, value)
    _check(locked, contradiction=InvalidField if kind and guests else Conflict)
    if (locked.kind, locked.guests) != (kind_before, guests_before):
        _check_is_owner(by, locked)
        log_room_access(room_id=locked.pk, kind=locked.kind, guests=locked.guests, user_id=by.pk)
    _save_change(locked, [field for field, value in given.items() if value is not None])
    before, after = changes(values_before, {field: getattr(locked, field) for field in given})
    if after:
        action = AuditAction.ROOM_VISIBILITY if {"kind", "guests"} & after.keys() else AuditAction.ROOM_CHANGED
        audit_record(action, by=by, room=locked, before=before, after=after)
    if AUDIENCE_RANK[locked.kind, locked.guests] > AUDIENCE_RANK[kind_before, guests_before]:
        signals.room_access_widened.send(Room, room=locked, by=by)
    if was_open and locked.kind != Room.Kind.OPEN:
        send_room_access_lost(locked, None)
    return locked


def room_close(*, by: User, room: Room) -> Room:
    """Close a room: it stays readable, but nobody can post. For its owners and for staff. Raises NotFound."""
    return _set_closed(by, room, closed=True)


def room_reopen(*, by: User, room: Room) -> Room:
    """Reopen a closed room. For its owners and for staff. Raises NotFound."""
    return _set_closed(by, room, closed=False)


@transaction.atomic
def room_delete(*, by: User, room: Room) -> None:
    """Delete a room with its messages and the notifications about it. For its owners and for staff. Raises NotFound."""
    locked = _lock_room_for(by, room, {Membership.Role.OWNER})
    wait_for_pending_mentions(locked)
    wait_for_due_reminders(locked)
    signals.room_deleting.send(Room, room=locked)
    # Locked in the same order as in `read_marks_move`; the deletion would lock them in another one.
    members = locked.memberships.select_for_update(no_key=True).order_by("pk")
    user_ids = list(members.values_list("user_id", flat=True))
    locked.version += 1
    room_stream.announce_change(locked, reasons=dict.fromkeys(user_ids, LeftReason.DELETED))
    announce_room_lists(list(locked.invitations.values_list("user_id", flat=True)))
    entries_remove_of(locked)
    counts = {"members": len(user_ids), "messages": locked.last_seq}
    before = {"title": locked.title, "kind": locked.kind, **counts}
    audit_record(AuditAction.ROOM_DELETED, by=by, room=locked, before=before)
    locked.delete()


@transaction.atomic
def _set_closed(by: User, room: Room, *, closed: bool) -> Room:
    locked = _lock_room_for(by, room, {Membership.Role.OWNER})
    if closed == (locked.closed_at is not None):
        return locked
    locked.closed_at = timezone.now() if closed else None
    audit_record(AuditAction.ROOM_ARCHIVED if closed else AuditAction.ROOM_UNARCHIVED, by=by, room=locked)
    return _save_change(locked, ["closed_at"])


def _lock_room_for(by: User, room: Room, roles: set[Membership.Role]) -> Room:
    locked = lock_room(room)
    member = membership_under_lock(by, locked)
    if not by.is_staff and (member is None or member.role not in roles):
        raise NotFound(NO_ROOM)
    check_not_muted(by.pk, locked.pk)
    return locked


def _check_is_owner(by: User, room: Room) -> None:
    member = membership_under_lock(by, room)
    if not by.is_staff and (member is None or member.role != Membership.Role.OWNER):
        raise Conflict(_("Only an owner can change who may read this room."))


def _save_change(room: Room, fields: list[str]) -> Room:
    room.version += 1
    room.save(update_fields=["version", *fields])
    room_stream.announce_change(room)
    return room


def _check(room: Room, *, contradiction: type[ServiceError] = InvalidField) -> None:
    """Raise InvalidField for the first invalid field, and `contradiction` when two fields contradict each other."""
    room.title, room.description = check_line(room.title, "title"), check_line(room.description, "description")
    try:
        room.clean_fields()
    except ValidationError as error:
        raise InvalidField.of(error, next(iter(error.error_dict))) from error
    if room.guests != Room.Guests.NONE and room.kind != Room.Kind.OPEN:
        raise contradiction(_("Only an open room can admit guests."), field="guests")
