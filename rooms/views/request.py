"""What the page views share: the signed-in user, and how actions and their errors are reported."""

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
from rooms.selectors.rooms import get_room_for


class SignedInRequest(HttpRequest):
    """A request behind `login_required`."""

    user: User


def get_room_or_404(request: SignedInRequest, name: str) -> Room:
    """The room, if the user may read it; otherwise the same 404 as for a room that does not exist."""
    try:
        return get_room_for(request.user, name)
    except NotFound as error:
        raise Http404 from error


def act_and_notify(request: SignedInRequest, act: Callable[[], str]) -> JsonResponse | None:
    """Run `act` and report the sentence that it returns, or its error: on the next page, or as JSON to a script."""
    status = 200
    try:
        sentence = act()
    except ServiceError as error:
        status, sentence = error.status, error.sentence
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"detail": sentence}, status=status)
    if sentence:
        messages.add_message(request, messages.SUCCESS if status == 200 else messages.ERROR, sentence)
    return None


def room_action(act: Callable[[SignedInRequest, Room], str]) -> Callable[..., HttpResponse]:
    """Make a view for a POST that changes a room and redirects to it.

    `act` returns the notice to show, or "" for none; an error shows the service's sentence. A user who can no longer
    read the room afterwards is redirected to the lobby. A script, which asks for JSON, gets only the notice.
    """

    @require_POST
    @login_required
    @wraps(act)
    def view(request: SignedInRequest, name: str) -> HttpResponse:
        room = get_room_or_404(request, name)
        if (answer := act_and_notify(request, lambda: act(request, room))) is not None:
            return answer
        try:
            return redirect(get_room_for(request.user, name))
        except NotFound:
            return redirect("home")

    return view
