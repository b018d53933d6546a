"""Save messages for later, with or without a reminder."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from rooms.errors import Conflict
from rooms.events import announce_saved
from rooms.models import Room, SavedMessage, User
from rooms.selectors.messages import get_message
from rooms.selectors.saved_messages import reminder_count, saved_by
from rooms.services.locking import lock_room
from rooms.services.moments import check_moment
from rooms.wire import saved_wire

MAX_SAVED = 1000  # of one user


@transaction.atomic
def message_save(*, by: User, room: Room, seq: int) -> SavedMessage:
    """Save a message of a room that the user may read. Idempotent; a reminder stays as it is.

    Raises:
        NotFound: there is no such message, or the room was deleted.
        Conflict: the message is deleted, or the user has saved MAX_SAVED messages.
    """
    saved, created = _get_or_create(by, room, seq)
    if created:
        _announce(saved)
    return saved


@transaction.atomic
def reminder_set(*, by: User, room: Room, seq: int, remind_at: object) -> SavedMessage:
    """Set the reminder of a message, which is saved if it is not yet; None removes the reminder.

    Raises InvalidField if the time is not acceptable, and what `message_save` raises.
    """
    moment = None if remind_at is None else check_moment(remind_at, "remind_at")
    saved, created = _get_or_create(by, room, seq)
    if created or saved.remind_at != moment:
        saved.remind_at, saved.reminded_at = moment, None
        saved.save(update_fields=["remind_at", "reminded_at"])
        _announce(saved)
    return saved


@transaction.atomic
def message_unsave(*, by: User, room: Room, seq: int) -> None:
    """Remove a message from what the user saved, with its reminder. Idempotent."""
    if SavedMessage.objects.filter(user=by, message__room=room, message__seq=seq).delete()[0]:
        fields = {"room_name": room.name, "seq": seq, "saved": None, "reminders": reminder_count(by.pk)}
        announce_saved([(by.pk, fields)])


def _get_or_create(by: User, room: Room, seq: int) -> tuple[SavedMessage, bool]:
    """Return the user's saved message, locked, and whether it is new. Locks the room, so that it is not deleted."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # so that the limit holds for requests at once
    message = get_message(lock_room(room), seq)
    if message.deleted_at is not None:
        raise Conflict(_("This message was deleted."))
    existing = SavedMessage.objects.select_for_update(no_key=True).filter(user=by, message=message).first()
    if existing is not None:
        existing.message = message
        return existing, False
    if saved_by(by).count() >= MAX_SAVED:
        sentence = ngettext_lazy(
            "You can save at most %(maximum)d message. Remove one first.",
            "You can save at most %(maximum)d messages. Remove one first.",
            "maximum",
        )
        raise Conflict(sentence, {"maximum": MAX_SAVED})
    return SavedMessage.objects.create(user=by, message=message, saved_at=timezone.now()), True


def _announce(saved: SavedMessage) -> None:
    announce_saved([(saved.user_id, saved_wire(saved) | {"reminders": reminder_count(saved.user_id)})])
