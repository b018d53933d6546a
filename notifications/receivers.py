"""Receivers of the signals of `rooms`, which notify users, and update or withdraw notifications."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from chatproject.mail import one_line
from notifications.models import Notification
from notifications.push.device_cookie import DEVICE_COOKIE
from notifications.services.deliveries import News, deliveries_create
from notifications.services.posting import NewNotification, notifications_post, notify_people, notify_person
from notifications.services.push_subscriptions import push_keep_only, push_leave
from notifications.services.topics import personal_topic_ids
from notifications.services.unread import notifications_read_with
from notifications.services.withdrawal import (
    message_notifications_update,
    room_notifications_withdraw,
    room_notifications_withdraw_from,
    scheduled_notifications_withdraw,
)
from rooms import signals
from rooms.models import Invitation, Membership, Message, Report, Restriction, Room, ScheduledMessage, User
from rooms.selectors.room_titles import titles_for
from rooms.selectors.rooms import readers_among
from rooms.services.mention_notices import notices_for
from rooms.services.reminders import reminder_notices
from rooms.wire import EXCERPT_LENGTH, timestamp

Kind = Notification.Kind


@receiver([signals.mentions_unread, signals.reminders_due])
def notify_of_messages(*, notices: Sequence[signals.MessageNotice], **_: Any) -> None:
    """Create one notification for each notice, in a constant number of queries."""
    topic_ids = personal_topic_ids({notice.user_id for notice in notices})
    notifications_post(
        [
            NewNotification(
                topic_ids[notice.user_id],
                body=notice.body,
                payload=notice.parameters,
                author=notice.by,
                kind=notice.kind,
                room_id=notice.room_id,
                message_seq=notice.seq,
            )
            for notice in notices
        ]
    )


@receiver(signals.messages_unread)
def deliver_messages(*, news: Sequence[signals.RoomNews], **_: Any) -> None:
    """Deliver messages that mention nobody: they make no notifications, but a push or mail."""
    deliveries_create([News(one.user_id, room_id=one.room_id, seq=one.seq) for one in news])


@receiver(signals.scheduled_failed)
def notify_of_failure(*, scheduled: ScheduledMessage, **_: Any) -> None:
    """Notify the author of a scheduled message that it was not sent. The room is named if they may still read it."""
    author, room = scheduled.author, scheduled.room
    readable = bool(readers_among(room, {author.pk}))
    place = {"room_name": room.name, "room_title": titles_for(author, [room])[room.pk]} if readable else {}
    notify_person(
        user=author,
        kind=Kind.SCHEDULED_FAILED,
        body=one_line(scheduled.content, EXCERPT_LENGTH),
        payload={"scheduled_id": scheduled.pk, **place, "error": scheduled.error},
        room=room if readable else None,
    )


@receiver(signals.failed_settled)
def withdraw_failure(*, scheduled: ScheduledMessage, **_: Any) -> None:
    """Withdraw the notification that a scheduled message was not sent, when its author does something about it."""
    scheduled_notifications_withdraw(scheduled)


@receiver(signals.read_marks_moved)
def read_with_the_room(*, moved: Sequence[signals.MessagesRead], **_: Any) -> None:
    """Mark notifications about messages as read together with the messages."""
    notifications_read_with(moved)


@receiver(signals.message_text_changed)
def update_message_notices(*, message: Message, **_: Any) -> None:
    """Update the notifications about a message, which contain its text."""
    message_notifications_update(
        message, lambda reminded: [*notices_for(message), *reminder_notices(message, reminded)]
    )


@receiver(signals.person_invited)
def notify_invited(*, invitation: Invitation, **_: Any) -> None:
    """Notify a user of an invitation to a room."""
    room, by = invitation.room, invitation.by
    inviter = {"user_name": by.username, "display_name": by.shown_name} if by else {}
    parameters = {"room_name": room.name, "room_title": room.shown_title, **inviter}
    notify_person(user=invitation.user, kind=Kind.INVITATION, payload=parameters, by=by, room=room)


@receiver(signals.report_created)
def notify_moderators(*, report: Report, handler_ids: Collection[int], **_: Any) -> None:
    """Notify those who may handle a report, without what was reported and by whom: the page shows it."""
    notify_people(user_ids=handler_ids, kind=Kind.REPORT, payload=_report_parameters(report), room=report.room)


@receiver(signals.reports_closed)
def notify_reporters(*, reports: Sequence[Report], **_: Any) -> None:
    """Notify those who reported something that a moderator has looked at it, all at once."""
    topic_ids = personal_topic_ids({one.reporter_id for one in reports if one.reporter_id is not None})
    notifications_post(
        [
            NewNotification(
                topic_ids[one.reporter_id],
                payload=_report_parameters(one),
                kind=Kind.REPORT_HANDLED,
                room_id=one.room_id,
            )
            for one in reports
            if one.reporter_id is not None
        ]
    )


def _report_parameters(report: Report) -> dict[str, Any]:
    """What names a report: its room, except for a direct one, and whom it is about."""
    room, user = report.room, report.user
    place = {"room_name": room.name, "room_title": room.shown_title} if room and room.kind != Room.Kind.DIRECT else {}
    name = user.shown_name if user else report.user_name
    return {"report_id": report.pk, **place, "user_name": report.user_name, "display_name": name}


@receiver(signals.person_muted)
def notify_muted(*, restriction: Restriction, **_: Any) -> None:
    """Notify a user that they were muted, until when and why, but not by whom."""
    room, until = restriction.room, restriction.until
    place = {"room_name": room.name, "room_title": room.shown_title} if room else {}
    notify_person(
        user=restriction.user,
        kind=Kind.MUTED,
        payload={**place, "until": timestamp(until) if until else None},
        body=restriction.reason,
        room=room,
    )


@receiver(signals.room_access_widened)
def notify_room_opened(*, room: Room, by: User, **_: Any) -> None:
    """Notify the members, except the one who changed it, that more people can read their room."""
    members = Membership.objects.filter(room=room, user__is_active=True).exclude(user=by)
    notify_people(
        user_ids=list(members.values_list("user_id", flat=True)),
        kind=Kind.ROOM_OPENED,
        payload={"room_name": room.name, "room_title": room.shown_title, "guests": room.guests},
        by=by,
        room=room,
    )


@receiver(signals.room_access_lost)
def withdraw_for_people(*, room: Room, user_ids: Collection[int] | None, **_: Any) -> None:
    """Withdraw notifications about a room from users who may no longer read it."""
    room_notifications_withdraw_from(room, user_ids)


@receiver(signals.room_deleting)
def withdraw_for_room(*, room: Room, **_: Any) -> None:
    """Withdraw all notifications about a room before it is deleted."""
    room_notifications_withdraw(room)


@receiver(user_logged_out)
def turn_off_push(request: HttpRequest, **kwargs: Any) -> None:
    """Send nothing more to the browser in which somebody signs out."""
    if (cookie := request.COOKIES.get(DEVICE_COOKIE)) is not None:
        push_leave(cookie=cookie)


@receiver(user_logged_in)
def turn_off_push_of_others(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Send nothing more to a browser for those whose sessions ended there without signing out."""
    if (cookie := request.COOKIES.get(DEVICE_COOKIE)) is not None:
        push_leave(cookie=cookie, unless=user)


@receiver(signals.other_sign_ins_ended)
def turn_off_push_elsewhere(user: User, request: HttpRequest, **kwargs: Any) -> None:
    """A new password or second factor signs out all other devices."""
    push_keep_only(user=user, cookie=request.COOKIES.get(DEVICE_COOKIE, ""))
