"""Schedule messages, and send them when they are due.

A scheduled message is posted and deleted in the same transaction: exactly once, whichever process dies. Every server
process looks for due ones. One that can't be sent stays, with the reason, and its author is notified; in a room in slow
mode it waits for its author's turn.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from chatproject.realtime.background.periodic import PeriodicTask
from rooms import signals
from rooms.errors import Conflict, Muted, NotFound, ServiceError, SlowMode
from rooms.events import announce_counts
from rooms.models import Message, Room, ScheduledMessage, User
from rooms.selectors.messages import get_message
from rooms.selectors.rooms import NO_ROOM
from rooms.selectors.scheduled_messages import NO_SCHEDULED, get_scheduled_for, scheduled_counts
from rooms.services.locking import check_may_write, lock_room, membership_under_lock
from rooms.services.moments import check_moment
from rooms.services.posting import checked_message, message_post

SECONDS_BETWEEN_CHECKS = 5  # how late a message may be
MAX_SCHEDULED = 100  # of one user
MAX_BATCH = 100
MUTED_THEN = _("You were muted when it was due. Choose a later time.")
COUNT_NAME = "scheduled"  # in `unread` frames


@transaction.atomic
def message_schedule(
    *, by: User, room: Room, content: object, send_at: object, reply_to: int | None = None
) -> ScheduledMessage:
    """Have a message sent to a room at a time. The checks are those of posting, and are made again at that time.

    Raises:
        MissingField, InvalidField, TooLarge: the content or the time is not acceptable.
        NotFound: `by` may not post to the room, or there is no message to reply to.
        Conflict: `by` has not joined an open room, the room is archived, one of the two in a direct room has blocked
            the other, or `by` has scheduled MAX_SCHEDULED messages.
    """
    text = checked_message(by, room, content).content
    moment = check_moment(send_at, "send_at")
    User.objects.select_for_update(no_key=True).get(pk=by.pk)  # so that the limit holds for requests at once
    _check_may_post(by, lock_room(room), reply_to)
    if ScheduledMessage.objects.filter(author=by).count() >= MAX_SCHEDULED:
        sentence = ngettext_lazy(
            "You can schedule at most %(maximum)d message. Delete one first.",
            "You can schedule at most %(maximum)d messages. Delete one first.",
            "maximum",
        )
        raise Conflict(sentence, {"maximum": MAX_SCHEDULED})
    scheduled = ScheduledMessage.objects.create(
        author=by, room=room, content=text, reply_to_seq=reply_to, send_at=moment
    )
    _announce(by.pk)
    return scheduled


@transaction.atomic
def scheduled_update(
    *, by: User, scheduled_id: int, content: object = None, send_at: object = None
) -> ScheduledMessage:
    """Edit the text or the time of a scheduled message; None leaves it as it is. Then it is due again, if it failed.

    Raises NotFound if there is none, or it has been sent, and what `message_schedule` raises for the content and time;
    with a new time, also if it could not be sent now.
    """
    room = lock_room(get_scheduled_for(by, scheduled_id).room)  # first, as when it is sent
    scheduled = _locked(by, scheduled_id)
    if send_at is not None:
        _check_may_post(by, room, scheduled.reply_to_seq)
    _settle(scheduled)
    if content is not None:
        scheduled.content = checked_message(by, scheduled.room, content).content
    if send_at is not None:
        scheduled.send_at, scheduled.error = check_moment(send_at, "send_at"), ""
    scheduled.save(update_fields=["content", "send_at", "error"])
    _announce(by.pk)
    return scheduled


@transaction.atomic
def scheduled_delete(*, by: User, scheduled_id: int) -> None:
    """Delete a scheduled message. Raises NotFound if there is none, or it has been sent."""
    scheduled = _locked(by, scheduled_id)
    _settle(scheduled)
    scheduled.delete()
    _announce(by.pk)


@transaction.atomic
def scheduled_send(*, by: User, scheduled_id: int) -> Message:
    """Send a scheduled message now. Raises NotFound if it has been sent, and what `message_post` raises."""
    room = get_scheduled_for(by, scheduled_id).room
    return _send(lock_room(room), scheduled_id)


def scheduled_send_due() -> None:
    """Send the messages that are due."""
    while due := list(_due().order_by("send_at", "pk").values_list("pk", "room_id")[:MAX_BATCH]):
        for scheduled_id, room_id in due:
            try:
                with transaction.atomic():
                    _send(lock_room(Room(pk=room_id)), scheduled_id)
            except SlowMode as error:
                _postpone(scheduled_id, error.retry_after)
            except ServiceError as error:
                _fail(scheduled_id, error)


scheduled_task = PeriodicTask(scheduled_send_due, interval=SECONDS_BETWEEN_CHECKS, delay=0.1)


def _due() -> QuerySet[ScheduledMessage]:
    return ScheduledMessage.objects.filter(send_at__lte=timezone.now(), error="")


def _send(locked: Room, scheduled_id: int) -> Message:
    """Post a scheduled message of a locked room, which is locked first as when a room is deleted."""
    own = ScheduledMessage.objects.select_for_update(no_key=True, of=("self",)).select_related("author")
    scheduled = own.filter(pk=scheduled_id).first()
    if scheduled is None:  # another process has sent it
        raise NotFound(NO_SCHEDULED)
    posted = message_post(by=scheduled.author, room=locked, content=scheduled.content, reply_to=scheduled.reply_to_seq)
    _settle(scheduled)
    scheduled.delete()
    _announce(scheduled.author_id)
    return posted.message


def _postpone(scheduled_id: int, seconds: float) -> None:
    """Send a message later, when the slow mode of its room lets its author write again."""
    _due().filter(pk=scheduled_id).update(send_at=timezone.now() + timedelta(seconds=seconds))


@transaction.atomic
def _fail(scheduled_id: int, error: ServiceError) -> None:
    """Keep why a message could not be sent, unless it has been sent or edited meanwhile, and notify its author."""
    unlocked = _due().select_for_update(no_key=True, of=("self",)).select_related("author", "room")
    scheduled = unlocked.filter(pk=scheduled_id).first()
    if scheduled is None:
        return
    with translation.override("en"):  # it is translated where it is shown
        scheduled.error = str(MUTED_THEN) if isinstance(error, Muted) else error.detail[:200]
    scheduled.save(update_fields=["error"])
    signals.scheduled_failed.send(ScheduledMessage, scheduled=scheduled)


def _settle(scheduled: ScheduledMessage) -> None:
    if scheduled.error:
        signals.failed_settled.send(ScheduledMessage, scheduled=scheduled)


def _locked(by: User, scheduled_id: int) -> ScheduledMessage:
    own = ScheduledMessage.objects.select_for_update(no_key=True, of=("self",)).select_related("room")
    found = own.filter(author=by, pk=scheduled_id).first()
    if found is None:
        raise NotFound(NO_SCHEDULED)
    return found


def _check_may_post(by: User, locked: Room, reply_to: int | None) -> None:
    member = membership_under_lock(by, locked)
    if member is None:
        open_to_join = locked.kind == Room.Kind.OPEN and not locked.bans.filter(user=by).exists()
        raise Conflict(_("Join the room to write in it.")) if open_to_join else NotFound(NO_ROOM)
    check_may_write(member)
    if locked.closed_at is not None:
        raise Conflict(_("This room is archived (read-only)."))
    if reply_to is not None and get_message(locked, reply_to).deleted_at is not None:
        raise NotFound(_("The message you are replying to was not found."))


def _announce(user_id: int) -> None:
    announce_counts(COUNT_NAME, {user_id: 0} | scheduled_counts([user_id]))
