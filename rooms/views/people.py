"""People: their profile card, and opening direct rooms with them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from rooms.errors import InvalidField, NotFound, ServiceError
from rooms.rate_limits import Budget, charge_request
from rooms.selectors.people import find_people
from rooms.selectors.person_cards import PersonCard, person_card
from rooms.selectors.room_titles import direct_room_exists
from rooms.services.direct_rooms import MAX_DIRECT_PEOPLE, WRONG_PEOPLE_COUNT, direct_room_open
from rooms.views.home import render_home
from rooms.views.request import SignedInRequest

MAX_WORDS = 5 * MAX_DIRECT_PEOPLE  # in the names together


@never_cache
@login_required
def person_page(request: SignedInRequest, user_name: str) -> HttpResponse:
    """A person's profile card as a page, to which their names in the pages lead without a script."""
    return render(request, "rooms/person.html", {"card": _card(request, user_name)})


@never_cache
@login_required
def card(request: SignedInRequest, user_name: str) -> HttpResponse:
    """A person's profile card alone, which the room page's script shows; `room` is the name of that room."""
    return render(request, "rooms/_person.html", {"card": _card(request, user_name, request.GET.get("room"))})


def _card(request: SignedInRequest, user_name: str, room_name: str | None = None) -> PersonCard:
    try:
        return person_card(request.user, user_name, room_name=room_name)
    except NotFound as error:
        raise Http404 from error


@require_POST
@login_required
def write_to(request: SignedInRequest) -> HttpResponse:
    """Open the direct room with the people named in the form; an error is shown at the field."""
    names = request.POST.get("user_names", "")
    try:
        if len(names.replace(",", " ").split()) > MAX_WORDS:  # each word may cost a query
            raise InvalidField(WRONG_PEOPLE_COUNT, {"maximum": MAX_DIRECT_PEOPLE})
        people = find_people(names)
        if not direct_room_exists(request.user, people):
            charge_request(Budget.DIRECT_ROOMS, request, request.user)
        return redirect(direct_room_open(by=request.user, people=people)[0])
    except ServiceError as error:
        detail = error.sentence
        return render_home(request, status=error.status, write_to={"names": names, "error": detail})
