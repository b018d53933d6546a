"""Reminds people of messages that they saved.

`SavedMessage.reminded_at` marks the reminders that were handled. Every server process looks for due ones, so that none
is forgotten when a process is killed; each is handled exactly once, in the transaction that notifies.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from chatproject.realtime import metrics
from chatproject.realtime.background.periodic import PeriodicTask
from rooms import signals
from rooms.events import announce_saved
from rooms.models import Message, Room, SavedMessage
from rooms.people.languages import language_of
from rooms.selectors.messages import load_names_of_files
from rooms.selectors.preferences import preferences_of, quiet_until
from rooms.selectors.saved_messages import is_readable, reminder_counts
from rooms.services.mention_notices import message_parameters
from rooms.signals import MessageNotice
from rooms.wire import excerpt, saved_wire

SECONDS_BETWEEN_CHECKS = 10  # how late a reminder may be
MAX_BATCH = 200
KIND = "reminder"


def reminders_send() -> None:
    """Notify users of the messages of which they wanted to be reminded by now."""
    while _due_reminders().exists() and _send_batch() == MAX_BATCH:
        pass


reminders_task = PeriodicTask(reminders_send, interval=SECONDS_BETWEEN_CHECKS, delay=0.1)


def _due_reminders() -> QuerySet[SavedMessage]:
    return SavedMessage.objects.filter(remind_at__lte=timezone.now(), reminded_at__isnull=True)


@transaction.atomic
def _send_batch() -> int:
    """Handle up to MAX_BATCH due reminders and return how many were handled.

    Users who can't read the message any more are not notified, and won't be later.
    """
    # Reminders locked by another process are handled there. On SQLite the transaction is the lock. The messages are
    # locked, too: an edit or a deletion waits, and then updates the notification.
    unlocked = _due_reminders().select_related("message").order_by("remind_at", "pk")
    unlocked = unlocked.select_for_update(skip_locked=True, no_key=True, of=("self", "message"))
    ids = [saved.pk for saved in unlocked[:MAX_BATCH]]
    now = timezone.now()
    SavedMessage.objects.filter(pk__in=ids).update(reminded_at=now)
    # Read after locking: from here on, changes of who may read the messages wait for this transaction.
    readable = SavedMessage.objects.filter(is_readable(), pk__in=ids)
    due = list(readable.select_related("user", "message__author", "message__room").order_by("remind_at", "pk"))
    if due:
        _notify(due)
    for saved in due:
        assert saved.remind_at is not None
        metrics.reminder_lateness.observe(max((now - saved.remind_at).total_seconds(), 0))
    return len(ids)


def _notify(due: list[SavedMessage]) -> None:
    load_names_of_files([saved.message for saved in due])
    notices = [_notice(saved.message, saved.user_id) for saved in due]
    users = {saved.user_id for saved in due}
    counts = reminder_counts(users)
    now = timezone.now()
    quiet = {user_id for user_id, wish in preferences_of(users).items() if quiet_until(wish, now) is not None}
    frames = []
    for saved, notice in zip(due, notices, strict=True):
        frame = saved_wire(saved) | {"reminders": counts.get(saved.user_id, 0)}
        if saved.user_id not in quiet:  # pages show it at once
            with translation.override(language_of(saved.user)):
                frame["reminder"] = {"title": reminder_title(notice.parameters), "body": notice.body}
        frames.append((saved.user_id, frame))
    announce_saved(frames)
    signals.reminders_due.send(SavedMessage, notices=notices)


def reminder_notices(message: Message, user_ids: Collection[int]) -> list[MessageNotice]:
    """Return the notices of users who were reminded of a message; none if it is deleted."""
    return [] if message.deleted_at is not None else [_notice(message, user_id) for user_id in user_ids]


def reminder_title(parameters: Mapping[str, Any]) -> str:
    """Return the title of a reminder with the parameters of its notice, in the active language."""
    names = {"name": parameters.get("display_name", ""), "room": parameters.get("room_title", "")}
    return (_("Reminder: %(name)s in %(room)s") if names["room"] else _("Reminder: %(name)s")) % names


def wait_for_due_reminders(room: Room, user_ids: Collection[int] | None = None) -> None:
    """Wait until reminders that are being sent to these users, or to anyone, about a locked room have committed.

    Later ones see what this transaction changes.
    """
    waiting = SavedMessage.objects.filter(message__room=room, remind_at__isnull=False, reminded_at__isnull=True)
    if user_ids is not None:
        waiting = waiting.filter(user__in=user_ids)
    list(waiting.select_for_update(no_key=True, of=("self",)).order_by("pk").values_list("pk"))


def _notice(message: Message, user_id: int) -> MessageNotice:
    return MessageNotice(
        user_id=user_id,
        room_id=message.room_id,
        seq=message.seq,
        kind=KIND,
        parameters=message_parameters(message, message.room),
        body=excerpt(message),
        by=None,
    )
