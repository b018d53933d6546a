"""Removing the preview of a link from a message."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.errors import NotFound
from rooms.models import AuditAction, Message, Room, User
from rooms.services.locking import lock_room
from rooms.services.message_changes import save_change
from rooms.services.messages import get_deletable_message, record_use

NO_PREVIEW = _("Preview not found.")


@transaction.atomic
def preview_remove(*, by: User, room: Room, seq: int, preview_id: int) -> Message:
    """Remove a preview from a message for everybody, for good. Idempotent.

    For those who may delete the message. Raises NotFound.
    """
    locked = lock_room(room)
    message = get_deletable_message(by, locked, seq)
    row = message.previews.filter(pk=preview_id).first()
    if row is None:
        raise NotFound(NO_PREVIEW)
    if row.removed_at is None:
        shown = row.shown
        record_use(AuditAction.MESSAGE_PREVIEW_REMOVED, by, locked, message)
        row.removed_by, row.removed_at, row.shown, row.pending = by, timezone.now(), False, False
        row.save(update_fields=["removed_by", "removed_at", "shown", "pending"])
        message.loaded_previews = [one for one in message.loaded_previews if one.id != preview_id]
        if shown:
            save_change(locked, message)
    return message
