"""The room list, and the making of a room."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render

from rooms import services
from rooms.errors import ServiceError
from rooms.forms import RoomForm
from rooms.selectors import open_rooms_for, rooms_for
from rooms.views.request import SignedInRequest

OPEN_ROOMS_SHOWN = 100


@login_required
def home(request: SignedInRequest) -> HttpResponse:
    """The rooms one is in, and the open ones to join."""
    return _render_home(request, RoomForm())


@login_required
def room_create(request: SignedInRequest) -> HttpResponse:
    """Make a room, whose owner one becomes."""
    if request.method != "POST":
        return redirect("home")
    form = RoomForm(request.POST)
    if form.is_valid():
        try:
            return redirect(services.room_create(by=request.user, **form.cleaned_data))
        except ServiceError as error:
            form.add_error("name", error.detail)
    return _render_home(request, form, status=400)


def _render_home(request: SignedInRequest, form: RoomForm, status: int = 200) -> HttpResponse:
    context = {
        "my_rooms": rooms_for(request.user),
        "open_rooms": open_rooms_for(request.user)[:OPEN_ROOMS_SHOWN],
        "form": form,
    }
    return render(request, "rooms/home.html", context, status=status)
