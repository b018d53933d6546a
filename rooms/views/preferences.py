"""The page of the user's notification settings: do-not-disturb, quiet hours and e-mail."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, tzinfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from chatproject.installation.public_address import mail_is_sent
from rooms.errors import InvalidField, ServiceError
from rooms.models import Preferences
from rooms.people.time_zones import time_zone
from rooms.selectors.preferences import preferences_for
from rooms.services.preferences import preferences_update
from rooms.views.forms import PreferencesForm, add_service_error
from rooms.views.request import SignedInRequest

MORNING = time(9)  # when "until tomorrow" ends


@never_cache
@login_required
def notification_settings(request: SignedInRequest) -> HttpResponse:
    """Show and change how and when the user is notified."""
    preferences = preferences_for(request.user)
    fields = ("quiet_from", "quiet_until", "email", "hide_content")
    initial = {field: getattr(preferences, field) for field in fields}
    initial["time_zone"] = preferences.time_zone or request.user.time_zone or ""
    has_email = mail_is_sent() and bool(request.user.email)
    form = PreferencesForm(request.POST or None, initial=initial, has_email=has_email)
    if request.method == "POST" and form.is_valid():
        try:
            preferences_update(user=request.user, **form.cleaned_data)
            messages.success(request, _("Notification settings saved."))
            return redirect("notification_settings")
        except ServiceError as error:
            add_service_error(form, error)
    now = timezone.now()
    until = preferences.dnd_until if preferences.dnd_until and preferences.dnd_until > now else None
    context = {
        "quiet_fields": [form[name] for name in ("quiet_from", "quiet_until", "time_zone")],
        "other_fields": [form[name] for name in ("email", "hide_content") if name in form.fields],
        "mail_is_sent": mail_is_sent(),
        "dnd_until": until and until.astimezone(_zone(preferences, request)),
    }
    return render(request, "accounts/notification_settings.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def do_not_disturb(request: SignedInRequest) -> HttpResponse:
    """Turn do-not-disturb on for an hour or until tomorrow morning, or off."""
    now = timezone.now()
    zone = _zone(preferences_for(request.user), request)
    until = {"hour": now + timedelta(hours=1), "tomorrow": _tomorrow_morning(now, zone)}.get(
        request.POST.get("for", "")
    )
    preferences_update(user=request.user, dnd_until=until)
    messages.success(request, _("Do not disturb is on.") if until else _("Do not disturb is off."))
    return redirect("notification_settings")


def _zone(preferences: Preferences, request: SignedInRequest) -> tzinfo:
    """The user's time zone: that of their quiet hours, else of the browser or their profile, else UTC."""
    for name in (preferences.time_zone, request.POST.get("browser_zone"), request.user.time_zone):
        try:
            if name:
                return time_zone(name)
        except InvalidField:
            continue
    return UTC


def _tomorrow_morning(now: datetime, zone: tzinfo) -> datetime:
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, MORNING, zone).astimezone(UTC)
