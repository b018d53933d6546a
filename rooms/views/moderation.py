"""The desk on which moderators see reports and act on them, and mutes in the settings of a room."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from rooms.errors import NotFound, ServiceError
from rooms.models import Report, ReportAction, Room
from rooms.selectors.people import get_person
from rooms.selectors.reports import may_use_desk, own_reports, report_details, reports_for
from rooms.services.audit import reading_record
from rooms.services.reports import (
    SLOW_SECONDS,
    UNDOABLE,
    message_report,
    person_report,
    report_act,
    report_assign,
    report_undo,
)
from rooms.services.restrictions import user_mute, user_unmute
from rooms.views.forms import MUTE_LENGTHS, ReportForm, add_service_error
from rooms.views.members import named_person
from rooms.views.request import SignedInRequest, act_and_notify, get_room_or_404, room_action
from rooms.views.room import whole_number
from rooms.wire import timestamp

REPORTS_PER_PAGE = 10
OWN_SHOWN = 100  # of a user's own reports
Kind = ReportAction.Kind
DONE = {
    Kind.DELETED: gettext_lazy("Message deleted."),
    Kind.MUTED: gettext_lazy("Person muted."),
    Kind.REMOVED: gettext_lazy("Person removed from the room."),
    Kind.BANNED: gettext_lazy("Person banned from the room."),
    Kind.SLOWED: gettext_lazy("Slow mode is on."),
    Kind.DISMISSED: gettext_lazy("Report dismissed."),
}


@never_cache
@login_required
def desk(request: SignedInRequest, name: str | None = None) -> HttpResponse:
    """The reports that the user may handle, of all rooms or of one: open ones first."""
    room = get_room_or_404(request, name) if name is not None else None
    if room is None and not may_use_desk(request.user):
        raise Http404
    try:
        found = reports_for(request.user, room)
    except NotFound as error:
        raise Http404 from error
    page = Paginator(found, REPORTS_PER_PAGE).get_page(request.GET.get("page"))
    if request.user.is_staff:
        reading_record(by=request.user, rooms=[report.room for report in page if report.room is not None])
    context = {
        "moderating": room is None,
        "room_of_desk": room,
        "reports": [report_details(request.user, report) for report in page],
        "pages": page,
        "open_reports": found.filter(state=Report.State.OPEN).count(),
        "mute_lengths": MUTE_LENGTHS,
        "slow_seconds": SLOW_SECONDS,
        "undoable": UNDOABLE,
        "path": request.get_full_path(),
    }
    return render(request, "rooms/moderation.html", context)


def _desk_action(act: Callable[[SignedInRequest, int], str]) -> Callable[..., HttpResponse]:
    """Make a view for a POST about a report, which returns to the desk that it came from."""

    @require_POST
    @login_required
    def view(request: SignedInRequest, report_id: int) -> HttpResponse:
        answer = act_and_notify(request, lambda: act(request, report_id))
        if answer is not None:
            return answer
        back = request.POST.get("next", "")
        if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
            back = reverse("moderation")
        return redirect(f"{back.partition('#')[0]}#report-{report_id}")

    return view


@_desk_action
def act(request: SignedInRequest, report_id: int) -> str:
    """Do something about a report."""
    form = request.POST
    action = form.get("action", "")
    report_act(
        by=request.user,
        report_id=report_id,
        action=action,
        minutes=whole_number(form.get("minutes", "")),
        everywhere="everywhere" in form,
        reason=form.get("reason", ""),
    )
    return str(DONE[Kind(action)])


@_desk_action
def undo(request: SignedInRequest, report_id: int) -> str:
    """Undo what was done about a report."""
    report_undo(by=request.user, report_id=report_id, action_id=whole_number(request.POST.get("action_id", "")) or 0)
    return _("Undone.")


@_desk_action
def assign(request: SignedInRequest, report_id: int) -> str:
    """Take or release a report."""
    take = request.POST.get("take") == "yes"
    report_assign(by=request.user, report_id=report_id, take=take)
    return _("You have taken this report.") if take else _("Report released.")


@never_cache
@login_required
def my_reports(request: SignedInRequest) -> HttpResponse:
    """What the user has reported, and whether a moderator has looked at it."""
    return render(request, "rooms/my_reports.html", {"reports": own_reports(request.user)[:OWN_SHOWN]})


@never_cache
@login_required
def report_message(request: SignedInRequest, name: str, seq: int) -> HttpResponse:
    """Report a message."""
    room = get_room_or_404(request, name)
    return _report(
        request,
        lambda fields: message_report(by=request.user, room=room, seq=seq, **fields)[1],
        back=f"{room.get_absolute_url()}?message={seq}",
        heading=_("Report message"),
        direct=room.kind == Room.Kind.DIRECT,
    )


@never_cache
@login_required
def report_person(request: SignedInRequest, user_name: str) -> HttpResponse:
    """Report a person."""
    try:
        person = get_person(user_name)
    except NotFound as error:
        raise Http404 from error
    return _report(
        request,
        lambda fields: person_report(by=request.user, user=person, **fields)[1],
        back=reverse("person", args=[person.username]),
        heading=_("Report %(name)s") % {"name": person.shown_name},
        direct=True,
    )


def _report(
    request: SignedInRequest, report: Callable[[dict[str, str]], bool], *, back: str, heading: str, direct: bool
) -> HttpResponse:
    form = ReportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            new = report(form.cleaned_data)
        except ServiceError as error:
            add_service_error(form, error)
        else:
            said = _("Reported. A moderator will look at it.") if new else _("You have reported this already.")
            messages.success(request, said)
            return redirect(back)
    context = {"form": form, "back": back, "heading": heading, "for_admins": direct}
    return render(request, "rooms/report.html", context, status=400 if form.errors else 200)


@room_action
def mute(request: SignedInRequest, room: Room) -> str:
    """Mute somebody in a room."""
    person = named_person(request)
    minutes = whole_number(request.POST.get("minutes", ""))
    until = timestamp(timezone.now() + timedelta(minutes=minutes)) if minutes else None
    user_mute(by=request.user, user=person, room=room, until=until, reason=request.POST.get("reason", ""))
    return _("%(name)s was muted.") % {"name": person.shown_name}


@room_action
def unmute(request: SignedInRequest, room: Room) -> str:
    """Unmute somebody in a room."""
    person = named_person(request)
    user_unmute(by=request.user, user=person, room=room)
    return _("%(name)s was unmuted.") % {"name": person.shown_name}
