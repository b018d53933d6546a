"""Whether a delivery is still wanted when it is due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chatproject.realtime.presence.registry_rows import signed_in_connections
from notifications.models import Delivery, Notification
from rooms.models import Membership, Message, SavedMessage
from rooms.selectors.levels import everything_members
from rooms.selectors.preferences import preferences_for, quiet_until
from rooms.selectors.rooms import readers_among

NOTHING = Membership.Level.NOTHING
NOT_WANTED = "notifications of the room are off"
DELETED = "deleted"
CONNECTED_DELAY = timedelta(seconds=60)  # time for people with an open page to read it there


@dataclass(frozen=True, slots=True)
class Later:
    """A delivery is to be looked at again at this time."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Dropped:
    """A delivery is not wanted any more."""

    reason: str


def check_wanted(delivery: Delivery, now: datetime) -> Later | Dropped | None:
    """Return why a delivery is not to be sent now, or None if it is.

    What was read, withdrawn or deleted meanwhile, can't be read any more, or is about a room without notifications, is
    not sent. Do-not-disturb and quiet hours postpone it. People who use an open page have some time to read it there.
    """
    if not delivery.user.is_active:
        return Dropped("the account is deactivated")
    if (reason := reason_to_drop(delivery)) is not None:
        return Dropped(reason)
    if (quiet := quiet_until(preferences_for(delivery.user), now)) is not None:
        return Later(quiet)
    if now < delivery.created_at + CONNECTED_DELAY and is_active(delivery.user_id):
        return Later(delivery.created_at + CONNECTED_DELAY)
    return None


def is_active(user_id: int) -> bool:
    """Return whether a user has an open page or another socket, and is not away."""
    return signed_in_connections().filter(user_id=user_id, idle=False).exists()


def reason_to_drop(delivery: Delivery) -> str | None:
    """Return why what a delivery is about is not to be told any more, or None if it is."""
    notification, room = delivery.notification, delivery.room
    if notification is not None:
        if notification.deleted_at is not None:
            return "withdrawn"
        if notification.kind == Notification.Kind.REMINDER:
            return None if _has_reminder(delivery.user_id, notification) else "done"
        muted = Membership.objects.filter(user=delivery.user_id, room=notification.room_id, level=NOTHING)
        if notification.message_seq is not None and muted.exists():
            return NOT_WANTED
        return None if notification.unread else "read"
    if room is None:
        return None
    if not readers_among(room, {delivery.user_id}):
        return "no access to the room"
    found = everything_members([room.pk]).filter(user=delivery.user_id).first()
    if found is None:
        return NOT_WANTED
    if delivery.seq is not None and found[2] >= delivery.seq:
        return "read"
    deleted = delivery.seq and not Message.objects.filter(room=room, seq=delivery.seq, deleted_at=None).exists()
    return DELETED if deleted else None


def _has_reminder(user_id: int, notification: Notification) -> bool:
    saved = SavedMessage.objects.filter(user=user_id, message__room=notification.room_id, reminded_at__isnull=False)
    return notification.message_seq is not None and saved.filter(message__seq=notification.message_seq).exists()
