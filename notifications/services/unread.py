"""Mark notifications as read, and announce how many a user has not read.

Whether a notification is read is not part of the stream of its topic: a client that resumes learns it from the count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from notifications.models import Notification
from notifications.selectors.topics import unread_counts
from rooms.errors import NotFound
from rooms.events import announce_counts
from rooms.models import User
from rooms.signals import MessagesRead

NO_NOTIFICATION = _("Notification not found.")
COUNT_NAME = "notifications"  # in `unread` frames


def announce_unread(user_ids: Iterable[int | None]) -> None:
    """Tell the sockets of these users after the commit how many notifications they have not read. None is nobody."""
    ids = {user_id for user_id in user_ids if user_id is not None}
    if ids:
        announce_counts(COUNT_NAME, dict.fromkeys(ids, 0) | unread_counts(ids))


@transaction.atomic
def notification_read(*, by: User, seq: int) -> Notification:
    """Mark one of a user's own notifications as read, and return it. Idempotent. Raises NotFound."""
    own = Notification.objects.filter(topic__owner=by, deleted_at=None)
    found = own.select_related("topic", "room").filter(seq=seq).first()
    if found is None:
        raise NotFound(NO_NOTIFICATION)
    _mark_read(Notification.objects.filter(pk=found.pk), [by.pk])
    return found


@transaction.atomic
def notifications_read_up_to(*, by: User, seq: int) -> None:
    """Mark a user's own notifications up to this seq as read. Idempotent."""
    _mark_read(Notification.objects.filter(topic__owner=by, seq__lte=seq), [by.pk])


def notifications_read_with(moved: Sequence[MessagesRead]) -> None:
    """Mark the notifications about rooms and messages as read that users have now read in the room itself.

    Call it in the transaction that moves the read markers.
    """
    read_up_to = {(one.user_id, one.room_id): one.seq for one in moved}
    about_rooms = Notification.objects.filter(
        topic__owner__in={one.user_id for one in moved}, room__in={one.room_id for one in moved}, task=None, unread=True
    ).exclude(kind=Notification.Kind.SCHEDULED_FAILED)  # the room doesn't show what was not sent
    rows = about_rooms.order_by().values_list("pk", "topic__owner_id", "room_id", "message_seq")
    read = {
        pk: user_id
        for pk, user_id, room_id, message_seq in rows
        if (message_seq or 0) <= read_up_to.get((user_id, room_id), -1)
    }
    if read:
        _mark_read(Notification.objects.filter(pk__in=read), read.values())


def _mark_read(notifications: QuerySet[Notification], user_ids: Iterable[int | None]) -> None:
    if notifications.filter(unread=True).update(unread=False):
        announce_unread(user_ids)
