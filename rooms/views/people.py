"""Opening direct rooms with people."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from rooms.errors import InvalidField, ServiceError
from rooms.rate_limits import Budget, charge_request
from rooms.selectors.people import find_people
from rooms.selectors.room_titles import direct_room_exists
from rooms.services.direct_rooms import MAX_DIRECT_PEOPLE, WRONG_PEOPLE_COUNT, direct_room_open
from rooms.views.home import render_home
from rooms.views.request import SignedInRequest

MAX_WORDS = 5 * MAX_DIRECT_PEOPLE  # in the names together


@require_POST
@login_required
def write_to(request: SignedInRequest) -> HttpResponse:
    """Open the direct room with the people named in the form; an error is shown at the field."""
    names = request.POST.get("user_names", "")
    try:
        if len(names.replace(",", " ").split()) > MAX_WORDS:  # each word may cost a query
            raise InvalidField(WRONG_PEOPLE_COUNT)
        people = find_people(names)
        if not direct_room_exists(request.user, people):
            charge_request(Budget.DIRECT_ROOMS, request, request.user)
        return redirect(direct_room_open(by=request.user, people=people)[0])
    except ServiceError as error:
        detail = error.detail.removeprefix("user_names: ")
        return render_home(request, status=error.status, write_to={"names": names, "error": detail})
