"""The page of messages that the user has scheduled, and editing one."""

from __future__ import annotations

from typing import NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from rooms.errors import NotFound, ServiceError
from rooms.models import Room
from rooms.selectors.room_titles import titles_for
from rooms.selectors.rooms import may_read
from rooms.selectors.scheduled_messages import get_scheduled_for, scheduled_by
from rooms.services.scheduled_messages import scheduled_delete, scheduled_send, scheduled_update
from rooms.views.forms import ScheduledForm, add_service_error
from rooms.views.request import SignedInRequest, act_and_notify
from rooms.wire import timestamp


class ShownScheduled(NamedTuple):
    """A scheduled message of the page. The room's name is None if the user can't read it any more."""

    id: int
    room_name: str | None
    room_title: str
    send_at: str
    text: str
    error: str


@never_cache
@login_required
def scheduled_page(request: SignedInRequest) -> HttpResponse:
    """What the user has scheduled, the next one first."""
    rows = list(scheduled_by(request.user))
    readable = Room.objects.filter(may_read(request.user), pk__in={one.room_id for one in rows})
    titles = titles_for(request.user, set(readable))
    shown = [
        ShownScheduled(
            one.pk,
            one.room.name if one.room_id in titles else None,
            titles.get(one.room_id, ""),
            timestamp(one.send_at),
            one.content,
            one.shown_error,
        )
        for one in rows
    ]
    return render(request, "rooms/scheduled.html", {"scheduling": True, "scheduled": shown})


@never_cache
@login_required
def edit(request: SignedInRequest, scheduled_id: int) -> HttpResponse:
    """Edit the text and the time of a scheduled message."""
    try:
        scheduled = get_scheduled_for(request.user, scheduled_id)
    except NotFound as error:
        raise Http404 from error
    initial = {"content": scheduled.content, "send_at": scheduled.send_at}
    form = ScheduledForm(request.POST or None, initial=initial, zone=request.user.time_zone)
    if request.method == "POST" and form.is_valid():
        try:
            scheduled_update(
                by=request.user,
                scheduled_id=scheduled_id,
                content=form.cleaned_data["content"],
                send_at=timestamp(form.cleaned_data["send_at"]),
            )
            return act_and_notify(request, lambda: _("Scheduled message saved.")) or redirect("scheduled")
        except ServiceError as error:
            add_service_error(form, error)
    context = {"scheduling": True, "form": form}
    return render(request, "rooms/scheduled_edit.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def send(request: SignedInRequest, scheduled_id: int) -> HttpResponse:
    """Send a scheduled message now."""

    def act() -> str:
        scheduled_send(by=request.user, scheduled_id=scheduled_id)
        return _("Message sent.")

    return act_and_notify(request, act) or redirect("scheduled")


@require_POST
@login_required
def delete(request: SignedInRequest, scheduled_id: int) -> HttpResponse:
    """Delete a scheduled message."""

    def act() -> str:
        scheduled_delete(by=request.user, scheduled_id=scheduled_id)
        return _("Scheduled message deleted.")

    return act_and_notify(request, act) or redirect("scheduled")
