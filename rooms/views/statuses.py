"""The page of the user's status."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from rooms.errors import ServiceError
from rooms.people.time_zones import zone_or_utc
from rooms.selectors.statuses import status_of
from rooms.services.statuses import status_clear, status_set
from rooms.views.forms import StatusForm, add_service_error
from rooms.views.request import SignedInRequest, act_and_notify
from rooms.wire import timestamp

HOURS = {"30": timedelta(minutes=30), "60": timedelta(hours=1), "240": timedelta(hours=4)}


@never_cache
@login_required
def status_page(request: SignedInRequest) -> HttpResponse:
    """The status, and setting it."""
    status = status_of(request.user)
    initial = {"emoji": status.emoji, "text": status.text} if status is not None else {}
    form = StatusForm(request.POST or None, initial=initial, has_end=status is not None and status.until is not None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        keeps = given["ends"] == StatusForm.KEEP and status is not None
        until = status.until if keeps and status is not None else _end(request, given["ends"])
        try:
            status_set(
                user=request.user,
                emoji=given["emoji"],
                text=given["text"],
                until=timestamp(until) if until is not None else None,
            )
        except ServiceError as error:
            add_service_error(form, error)
        else:
            messages.success(request, _("Status saved."))
            return redirect("status")
    zone = zone_or_utc(request.user.time_zone)
    context = {"form": form, "status": status, "until": status and status.until and status.until.astimezone(zone)}
    return render(request, "accounts/status.html", context, status=400 if form.errors else 200)


def _end(request: SignedInRequest, choice: str) -> datetime | None:
    """Return when a status ends by a choice of the form: today and this week end by the user's clock."""
    now = timezone.now()
    if choice in HOURS:
        return now + HOURS[choice]
    if choice not in {"today", "week"}:
        return None
    local = now.astimezone(zone_or_utc(request.user.time_zone))
    days = 1 if choice == "today" else 7 - local.weekday()
    return (local + timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)


@require_POST
@login_required
def clear(request: SignedInRequest) -> HttpResponse:
    """Clear the status."""

    def act() -> str:
        status_clear(user=request.user)
        return _("Status cleared.")

    return act_and_notify(request, act) or redirect("status")
