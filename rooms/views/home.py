"""The lobby: invitations, the user's rooms, direct rooms, public rooms, and the form for a new room."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache

from rooms.errors import Conflict, ServiceError
from rooms.models import Room, User
from rooms.selectors.invitations import all_invitations_of
from rooms.selectors.room_titles import direct_members
from rooms.selectors.rooms import open_rooms_for, rooms_for
from rooms.services.rooms import room_create
from rooms.views.first_run import is_dismissed
from rooms.views.forms import RoomForm, add_service_error
from rooms.views.request import SignedInRequest

OPEN_ROOMS_SHOWN = 100
NEVER = datetime.min.replace(tzinfo=UTC)


class DirectRoom(NamedTuple):
    """A direct room and the other people in it."""

    room: Room
    others: list[User]


@never_cache
@login_required
def home(request: SignedInRequest) -> HttpResponse:
    """The lobby."""
    return render_home(request)


@login_required
def create_room(request: SignedInRequest) -> HttpResponse:
    """Create a room, owned by the user."""
    if request.method != "POST":
        return redirect("home")
    form = RoomForm(request.POST)
    if form.is_valid():
        try:
            return redirect(room_create(by=request.user, **form.cleaned_data))
        except ServiceError as error:
            add_service_error(form, error, otherwise="name" if isinstance(error, Conflict) else None)
    return render_home(request, form, status=400)


def render_home(
    request: SignedInRequest, form: RoomForm | None = None, *, status: int = 200, write_to: dict[str, str] | None = None
) -> HttpResponse:
    """The lobby, with a rejected form as it was filled in; `write_to` has `names` and `error` of a direct room."""
    mine = rooms_for(request.user)
    invitations, open_rooms = all_invitations_of(request.user), open_rooms_for(request.user, limit=OPEN_ROOMS_SHOWN)
    nothing_yet = not (mine or invitations or open_rooms)
    context = {
        "first_run": nothing_yet and not is_dismissed(request),
        "invitations": invitations,
        "group_rooms": [room for room in mine if room.kind != Room.Kind.DIRECT],
        "talks": _direct_rooms(request.user, [room for room in mine if room.kind == Room.Kind.DIRECT]),
        "open_rooms": open_rooms,
        "fields": render_to_string("_fields.html", {"form": form}) if form else _empty_fields(get_language()),
        "write_to": write_to,
    }
    return render(request, "rooms/home.html", context, status=status)


@cache
def _empty_fields(language: str | None) -> SafeString:
    return render_to_string("_fields.html", {"form": RoomForm()})


def _direct_rooms(user: User, rooms: list[Room]) -> list[DirectRoom]:
    """The direct rooms, most recent message first."""
    members = direct_members([room.pk for room in rooms]) if rooms else {}
    direct = [DirectRoom(room, [member for member in members.get(room.pk, []) if member != user]) for room in rooms]
    return sorted(direct, key=lambda entry: entry.room.last_message_at or NEVER, reverse=True)
