"""The audit log: a page for admins, one for each room, and exporting what they show."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson
from django import forms
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from rooms.errors import NotFound
from rooms.models import PUBLIC_ACTIONS, VIA_LABELS, AuditAction, AuditEvent, Membership, Room
from rooms.selectors.audit import AuditFilter, AuditScope, audit_events, audit_scope, event_chunks
from rooms.selectors.room_titles import titles_for
from rooms.services.audit import export_record
from rooms.templatetags.parlor import short_moment
from rooms.views.request import SignedInRequest, get_room_or_404
from rooms.views.room import whole_number
from rooms.wire import audit_wire, timestamp

EVENTS_PER_PAGE = 50
PART_SIZE = 2**16  # of an export that is sent at once
COLUMNS = (
    *("id", "at", "action", "via", "actor_id", "actor_name", "user_id", "user_name", "room_id", "room_name"),
    *("target", "before", "after", "address", "request_id"),
)
# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

GROUPS = {
    "room": gettext_lazy("Rooms"),
    "member": gettext_lazy("Members"),
    "invitation": gettext_lazy("Invitations"),
    "email_invitation": gettext_lazy("Invitations"),
    "invite_link": gettext_lazy("Invitations"),
    "message": gettext_lazy("Messages"),
    "account": gettext_lazy("Accounts"),
    "token": gettext_lazy("Accounts"),
    **dict.fromkeys(("sign_in", "second_factor", "two_step", "recovery_codes", "sessions"), gettext_lazy("Signing in")),
    "report": gettext_lazy("Reports"),
}
OTHER = gettext_lazy("Other")
FIELDS = {
    "role": gettext_lazy("Role"),
    "kind": gettext_lazy("Visibility"),
    "guests": gettext_lazy("Guests"),
    "title": gettext_lazy("Title"),
    "description": gettext_lazy("Description"),
    "pinning": gettext_lazy("Who can pin messages"),
    "room_mentions": gettext_lazy("Who can mention everyone with @room and @here"),
    "link_previews": gettext_lazy("Link previews"),
    "public_log": gettext_lazy("Public audit log"),
    "members": gettext_lazy("Members"),
    "messages": gettext_lazy("Messages"),
    "author": gettext_lazy("Author"),
    "written": gettext_lazy("Written"),
    "characters": gettext_lazy("Characters"),
    "files": gettext_lazy("Files"),
    "file": gettext_lazy("File"),
    "max_uses": gettext_lazy("Maximum number of uses"),
    "expires_at": gettext_lazy("Expires"),
    "until": gettext_lazy("Until"),
    "reason": gettext_lazy("Reason"),
    "username": gettext_lazy("Username"),
    "display_name": gettext_lazy("Display name"),
    "email": gettext_lazy("Email address"),
    "is_active": gettext_lazy("Active"),
    "is_staff": gettext_lazy("Staff"),
    "is_superuser": gettext_lazy("Superuser"),
    "groups": gettext_lazy("Groups"),
    "count": gettext_lazy("Number"),
    "slow_seconds": gettext_lazy("Slow mode"),
    "picture": gettext_lazy("Picture"),
}
MOMENTS = {"written", "expires_at"}
VALUES: dict[str, dict[str, Any]] = {
    "role": dict(Membership.Role.choices),
    "kind": dict(Room.Kind.choices),
    "guests": dict(Room.Guests.choices),
    "pinning": dict(Room.Pinning.choices),
    "room_mentions": dict(Room.RoomMentions.choices),
}


class Change(NamedTuple):
    """A value that changed, as its row shows it; None where there was or is none."""

    label: str
    before: str | None
    after: str | None


class ShownEvent(NamedTuple):
    """An event as its row shows it."""

    event: AuditEvent
    at: str
    action: str
    via: str
    changes: list[Change]


def action_choices(actions: Iterable[str]) -> list[tuple[str, Any]]:
    """The choices of actions, in groups."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for action in AuditAction:
        if action in actions:
            group = GROUPS.get(action.partition(".")[0], OTHER)
            groups.setdefault(str(group), []).append((action.value, str(action.label)))
    return [("", _("All actions")), *groups.items()]


class AuditFilterForm(forms.Form):
    """What to show."""

    person = forms.CharField(
        label=gettext_lazy("Person"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
    )
    action = forms.ChoiceField(label=gettext_lazy("Action"), required=False)
    room_name = forms.CharField(
        label=gettext_lazy("Room"),
        max_length=64,
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
    )
    since = forms.DateField(
        label=gettext_lazy("From"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    until = forms.DateField(
        label=gettext_lazy("Until"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, *args: Any, scope: AuditScope, room: Room | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        actions = PUBLIC_ACTIONS if scope is AuditScope.PUBLIC else AuditAction.values
        self.fields["action"].choices = action_choices(actions)  # type: ignore[attr-defined]
        if room is not None:
            del self.fields["room_name"]

    def wanted(self) -> AuditFilter:
        """The filter. Only for a valid form."""
        return AuditFilter(**self.cleaned_data)


@never_cache
@login_required
def audit_page(request: SignedInRequest) -> HttpResponse:
    """All events, for admins."""
    return _page(request, None)


@never_cache
@login_required
def room_audit_page(request: SignedInRequest, name: str) -> HttpResponse:
    """The events of a room: for its owners and moderators, and for all members if its log is public."""
    return _page(request, get_room_or_404(request, name))


@require_POST
@never_cache
@login_required
def audit_export(request: SignedInRequest) -> HttpResponseBase:
    """All events that a filter shows, as a file."""
    return _export(request, None)


@require_POST
@never_cache
@login_required
def room_audit_export(request: SignedInRequest, name: str) -> HttpResponseBase:
    """The events of a room that a filter shows, as a file."""
    return _export(request, get_room_or_404(request, name))


def _scope_or_404(request: SignedInRequest, room: Room | None) -> AuditScope:
    try:
        return audit_scope(request.user, room)
    except NotFound as error:
        raise Http404 from error


def _page(request: SignedInRequest, room: Room | None) -> HttpResponse:
    scope = _scope_or_404(request, room)
    form = AuditFilterForm(request.GET, scope=scope, room=room)
    wanted = form.wanted() if form.is_valid() else AuditFilter()
    events = audit_events(scope, room, wanted)
    before = whole_number(request.GET.get("before", ""))
    found = list((events.filter(id__lt=before) if before else events)[: EVENTS_PER_PAGE + 1]) if form.is_valid() else []
    shown = found[:EVENTS_PER_PAGE]
    given = {name: value for name, value in wanted.given().items() if name in form.fields}
    older = urlencode(given | {"before": shown[-1].pk}) if len(found) > len(shown) else None
    context = {
        "auditing": room is None,
        "room": room,
        "title": titles_for(request.user, [room])[room.pk] if room else None,
        "form": form,
        "scope": scope.value,
        "filtered": bool(given),
        "given": given,
        "events": [_shown(event) for event in shown],
        "newest": f"?{urlencode(given)}" if before else None,
        "older": f"?{older}" if older else None,
        "export_url": reverse("room_audit_export", args=[room.name]) if room else reverse("audit_export"),
    }
    return render(request, "rooms/audit.html", context, status=400 if form.errors else 200)


def _shown(event: AuditEvent) -> ShownEvent:
    action = str(AuditAction(event.action).label) if event.action in AuditAction.values else event.action
    names = {**event.before, **event.after}
    changes = [Change(_label(event, name), _value(event.before, name), _value(event.after, name)) for name in names]
    via = str(VIA_LABELS[event.via]) if event.via in VIA_LABELS else event.via  # type: ignore[index]
    return ShownEvent(event, timestamp(event.at), action, via, [one for one in changes if any(one[1:])])


def _label(event: AuditEvent, name: str) -> str:
    if name == "kind" and not event.action.startswith("room."):
        return _("Kind")
    return str(FIELDS.get(name, name))


def _value(values: dict[str, Any], name: str) -> str | None:
    value = values.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if name in MOMENTS:
        return f"{short_moment(str(value))} UTC"
    return str(VALUES.get(name, {}).get(value, value))


def _export(request: SignedInRequest, room: Room | None) -> HttpResponseBase:
    """A file with the events, written while it is sent. Invalid filters show the page with its errors."""
    scope = _scope_or_404(request, room)
    form = AuditFilterForm(request.POST, scope=scope, room=room)
    if not form.is_valid():
        raise Http404  # the page sends no such form
    wanted = form.wanted()
    write, kind, ending = FORMATS.get(request.POST.get("format", ""), FORMATS["csv"])
    events = audit_events(scope, room, wanted)
    newest = events.values_list("id", flat=True).first() or 0
    export_record(by=request.user, room=room, wanted=wanted.given() | {"format": ending})
    rows = (
        audit_wire(event, with_address=scope is AuditScope.ALL)
        for chunk in event_chunks(events.filter(id__lte=newest))
        for event in chunk
    )
    response = StreamingHttpResponse(write(rows), content_type=kind)
    name = f"audit-{room.name}" if room else "audit"
    response["Content-Disposition"] = f'attachment; filename="{name}.{ending}"'
    return response


def as_csv(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Write events as CSV, of which a spreadsheet takes no cell for a formula."""
    part = io.StringIO()
    writer = csv.writer(part)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_cell(row[column]) for column in COLUMNS])
        if part.tell() > PART_SIZE:
            yield part.getvalue()
            part.seek(0)
            part.truncate()
    yield part.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    text = orjson.dumps(value).decode() if isinstance(value, dict) else value
    return f"'{text}" if isinstance(text, str) and text.startswith(FORMULA) else text


def as_json_lines(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """Write events as one JSON object a line."""
    part = bytearray()
    for row in rows:
        part += orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
        if len(part) > PART_SIZE:
            yield bytes(part)
            part.clear()
    yield bytes(part)


Writer = Callable[[Iterable[dict[str, Any]]], Iterator[str] | Iterator[bytes]]
FORMATS: dict[str, tuple[Writer, str, str]] = {
    "csv": (as_csv, "text/csv; charset=utf-8", "csv"),
    "jsonl": (as_json_lines, "application/x-ndjson", "jsonl"),
}
