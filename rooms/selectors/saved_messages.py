"""Messages that a user saved, as far as they may still read them."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from chatproject.prepared_query import PreparedQuery
from rooms.models import Room, SavedMessage, User
from rooms.selectors.rooms import readable_by


def is_readable() -> Q:
    """Match saved messages whose user may read the message."""
    rooms = Room.objects.filter(readable_by(OuterRef(OuterRef("user"))), pk=OuterRef("message__room"))
    return Q(Exists(rooms), user__is_active=True)


def saved_by(user: User) -> QuerySet[SavedMessage]:
    """Return the messages that a user saved and may read, the last saved first, each with its room and author."""
    return (
        SavedMessage.objects.filter(is_readable(), user=user)
        .select_related("message__author", "message__room")
        .order_by("-id")
    )


_seqs_in_room = PreparedQuery(
    lambda user_id, room_id: SavedMessage.objects.filter(user=user_id, message__room=room_id).values_list(
        "message__seq"
    )
)
_reminders = PreparedQuery(
    lambda user_id: (
        SavedMessage.objects.filter(is_readable(), user=user_id, reminded_at__isnull=False).order_by().values_list("pk")
    )
)


def saved_seqs(user: User, room: Room) -> list[int]:
    """Return the seqs of the messages that a user saved in a room that they may read."""
    return [seq for (seq,) in _seqs_in_room.values(user.pk, room.pk)]


def reminder_count(user_id: int) -> int:
    """Return how many of a user's saved messages they have been reminded of."""
    return len(_reminders.values(user_id))


def reminder_counts(user_ids: Collection[int]) -> dict[int, int]:
    """Return for each of these users what `reminder_count` returns; those without any are left out."""
    reminded = SavedMessage.objects.filter(is_readable(), user__in=user_ids, reminded_at__isnull=False)
    return dict(reminded.order_by().values_list("user_id").annotate(count=Count("pk")))
