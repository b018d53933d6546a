"""Pin and unpin messages."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from rooms.errors import Conflict, NotFound
from rooms.models import AuditAction, Message, Room, User
from rooms.selectors.messages import get_message
from rooms.selectors.pins import may_pin, pinned_seqs
from rooms.selectors.rooms import NO_ROOM, may_read
from rooms.services.audit import audit_record
from rooms.services.locking import check_may_write, lock_room, membership_under_lock
from rooms.services.message_changes import save_change

MAX_PINS = 100  # in one room
TOO_MANY_PINS = ngettext_lazy(
    "A room can have at most %(maximum)d pinned message. Unpin one first.",
    "A room can have at most %(maximum)d pinned messages. Unpin one first.",
    "maximum",
)


@transaction.atomic
def message_pin(*, by: User, room: Room, seq: int) -> Message:
    """Pin a message, and announce the change. Idempotent: the first who pins it stays the one who pinned it.

    For the room's owners and moderators and for staff, and for all members if the room's settings say so.

    Raises:
        NotFound: there is no such message, or `by` may not read it.
        Conflict: `by` may not pin messages here, the message is deleted, the room is closed or has MAX_PINS pinned
            messages, or in a direct room one of the two has blocked the other.
    """
    locked, message = _lock(by, room, seq)
    if message.pinned_at is None:
        if len(pinned_seqs(locked)) >= MAX_PINS:
            raise Conflict(TOO_MANY_PINS, {"maximum": MAX_PINS})
        message.pinned_at, message.pinned_by = timezone.now(), by
        save_change(locked, message, "pinned_at", "pinned_by")
    return message


@transaction.atomic
def message_unpin(*, by: User, room: Room, seq: int) -> Message:
    """Unpin a message, and announce the change. Idempotent. Raises what `message_pin` raises."""
    locked, message = _lock(by, room, seq)
    if message.pinned_at is not None:
        if message.pinned_by_id != by.pk:
            pinner, target = message.pinned_by, message.seq
            audit_record(AuditAction.MESSAGE_UNPINNED, by=by, room=locked, user=pinner, target=target)
        message.pinned_at = message.pinned_by = None
        save_change(locked, message, "pinned_at", "pinned_by")
    return message


def _lock(by: User, room: Room, seq: int) -> tuple[Room, Message]:
    """Lock the room, and return it with a message that this user may pin or unpin. Raises NotFound, Conflict."""
    locked = lock_room(room)
    member = membership_under_lock(by, locked)
    if member is None and not Room.objects.filter(may_read(by), pk=locked.pk).exists():
        raise NotFound(NO_ROOM)
    message = get_message(locked, seq)
    if not may_pin(by, locked, member):
        if member is None and locked.pinning == Room.Pinning.MEMBERS:
            raise Conflict(_("Join the room to pin messages."))
        raise Conflict(_("Only owners and moderators can pin messages in this room."))
    if member is not None:
        check_may_write(member)
    if message.deleted_at is not None:
        raise Conflict(_("This message was deleted."))
    if locked.closed_at is not None:
        raise Conflict(_("This room is archived (read-only)."))
    return locked, message
