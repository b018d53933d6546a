"""Messages that a user has scheduled."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from rooms.errors import NotFound
from rooms.models import ScheduledMessage, User

NO_SCHEDULED = _("Scheduled message not found. Perhaps it has been sent.")


def scheduled_by(user: User) -> QuerySet[ScheduledMessage]:
    """Return what a user has scheduled, each with its room, the next one first."""
    return ScheduledMessage.objects.filter(author=user).select_related("room").order_by("send_at", "id")


def get_scheduled_for(user: User, scheduled_id: int) -> ScheduledMessage:
    """Return one of a user's own scheduled messages. Raises NotFound."""
    found = scheduled_by(user).filter(pk=scheduled_id).first()
    if found is None:
        raise NotFound(NO_SCHEDULED)
    return found


def scheduled_counts(user_ids: Collection[int]) -> dict[int, int]:
    """Return how many messages each of these users has scheduled; those without any are left out."""
    rows = ScheduledMessage.objects.filter(author__in=user_ids).order_by().values_list("author_id")
    return dict(rows.annotate(count=Count("pk")))
