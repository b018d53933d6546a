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
from rooms.selectors.rooms import get_room_for


class SignedInRequest(HttpRequest):
    """A request behind `login_required`."""

    user: User


def get_room_or_404(request: SignedInRequest, name: str) -> Room:
    """The room, if the person may read it; else the same 404 as for no room at all."""
    try:
        return get_room_for(request.user, name)
    except NotFound as error:
        raise Http404 from error


def tell(request: SignedInRequest, act: Callable[[], str]) -> JsonResponse | None:
    """Do something and say the sentence that it gives, or why it was refused: on the next page, or to a script."""
    status = 200
    try:
        sentence = act()
    except ServiceError as error:
        status, sentence = error.status, error.detail.removeprefix("user_name: ")
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"detail": sentence}, status=status)
    if sentence:
        messages.add_message(request, messages.SUCCESS if status == 200 else messages.ERROR, sentence)
    return None


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
        if (answer := tell(request, lambda: act(request, room))) is not None:
            return answer
        try:
            return redirect(get_room_for(request.user, name))
        except NotFound:
            return redirect("home")

    return view
