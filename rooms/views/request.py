"""What the page views share: who asks, and how a refused action is told."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from rooms.errors import NotFound, ServiceError
from rooms.models import Room, User
from rooms.selectors import get_room_for


class SignedInRequest(HttpRequest):
    """A request behind `login_required`."""

    user: User


def get_room_or_404(request: SignedInRequest, name: str) -> Room:
    """The room, if the person may read it; else the same 404 as for no room at all."""
    try:
        return get_room_for(request.user, name)
    except NotFound as error:
        raise Http404 from error


def room_action(act: Callable[[SignedInRequest, Room], str]) -> Callable[..., HttpResponse]:
    """A POST that does one thing to a room and comes back to it.

    `act` returns the sentence that is shown, or "" for none; a refusal shows the service's own. Whoever may no longer
    read the room afterwards comes home instead. A script, which asks for JSON, gets the sentence alone.
    """

    @require_POST
    @login_required
    @wraps(act)
    def view(request: SignedInRequest, name: str) -> HttpResponse:
        room = get_room_or_404(request, name)
        by_script = request.headers.get("Accept") == "application/json"
        try:
            sentence = act(request, room)
        except ServiceError as error:
            if by_script:
                return JsonResponse({"detail": error.detail}, status=error.status)
            messages.error(request, error.detail)
        else:
            if by_script:
                return JsonResponse({"detail": sentence})
            if sentence:
                messages.success(request, sentence)
        try:
            return redirect(get_room_for(request.user, name))
        except NotFound:
            return redirect("home")

    return view
