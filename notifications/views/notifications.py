"""The page of the user's notifications, and the way from each to what it is about."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from notifications.models import Notification
from notifications.selectors.topics import newest_notifications, unread_count
from notifications.services.unread import notification_read, notifications_read_up_to
from notifications.wording import body_of, title_of
from rooms.errors import NotFound
from rooms.views.request import SignedInRequest, act_and_notify
from rooms.views.room import whole_number
from rooms.wire import timestamp

Kind = Notification.Kind
PER_PAGE = 50


class ShownNotification(NamedTuple):
    """A notification of the page: its text, when it was created, and whether it is unread.

    `worded` says whether the title is a sentence in the language of the page, which then runs in its direction,
    whatever names it begins with.
    """

    seq: int
    title: str
    worded: bool
    body: str
    created_at: str
    unread: bool


@never_cache
@login_required
def notifications_page(request: SignedInRequest) -> HttpResponse:
    """The user's notifications, the newest first; with `before`, only older ones."""
    before = whole_number(request.GET.get("before", ""))
    found = newest_notifications(request.user, before=before, limit=PER_PAGE + 1)
    page = found[:PER_PAGE]
    context = {
        "notified": True,
        "notifications": [_shown(notification) for notification in page],
        "newest": page[0].seq if page and before is None else None,
        "unread": unread_count(request.user.pk),
        "not_first": before is not None,
        "older": page[-1].seq if len(found) > len(page) else None,
    }
    return render(request, "notifications/notifications.html", context)


def _shown(notification: Notification) -> ShownNotification:
    return ShownNotification(
        notification.seq,
        title_of(notification),
        bool(notification.kind),
        body_of(notification),
        timestamp(notification.created_at),
        notification.unread,
    )


def place_of(notification: Notification) -> str | None:
    """Return the path of the page that a notification is about, or None if it is about none."""
    room, kind = notification.room, notification.kind
    if notification.task_id is not None:
        return reverse("task", args=[notification.task_id])
    if kind == Kind.SCHEDULED_FAILED:
        scheduled_id = (notification.payload or {}).get("scheduled_id")
        return reverse("scheduled") + (f"#scheduled-{scheduled_id}" if scheduled_id else "")
    if kind == Kind.REPORT:
        report_id = (notification.payload or {}).get("report_id")
        return reverse("moderation") + (f"#report-{report_id}" if report_id else "")
    if kind == Kind.REPORT_HANDLED:
        return reverse("my_reports")
    if room is None:
        return None
    if kind == Kind.INVITATION:
        return reverse("home") + "#invitations"
    place = reverse("room", args=[room.name])
    return f"{place}?message={notification.message_seq}" if notification.message_seq else place


@never_cache
@login_required
def open_notification(request: SignedInRequest, seq: int) -> HttpResponse:
    """Mark a notification as read, and go to what it is about."""
    try:
        notification = notification_read(by=request.user, seq=seq)
    except NotFound as error:
        raise Http404 from error
    return redirect(place_of(notification) or "notifications")


@require_POST
@login_required
def read_all(request: SignedInRequest) -> HttpResponse:
    """Mark the notifications up to the newest one on the page as read."""
    newest = whole_number(request.POST.get("newest", ""))

    def act() -> str:
        if newest is not None:
            notifications_read_up_to(by=request.user, seq=newest)
        return _("All notifications are marked as read.")

    return act_and_notify(request, act) or redirect("notifications")
