"""Writing to people: the way into direct rooms."""

from __future__ import annotations

import re

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from rooms import services
from rooms.errors import InvalidField, NotFound, ServiceError
from rooms.limits import Budget, spend
from rooms.selectors import direct_room_exists, get_people
from rooms.services.direct import HOW_MANY, MOST_PEOPLE
from rooms.views.request import SignedInRequest

NOBODY = "There is nobody of that user name."


@require_POST
@login_required
def write_to(request: SignedInRequest) -> HttpResponse:
    """The direct room with the people whom the form names, with spaces or commas between them."""
    user_names = [name.removeprefix("@") for name in re.split(r"[\s,]+", request.POST.get("user_names", "")) if name]
    try:
        if len(user_names) > MOST_PEOPLE:  # asked for in one query
            raise InvalidField(HOW_MANY)
        people = get_people(user_names)
        if not direct_room_exists(request.user, people):
            spend(Budget.DIRECT_ROOMS, request, request.user)
        return redirect(services.direct_room_open(by=request.user, people=people)[0])
    except NotFound:
        messages.error(request, NOBODY if len(user_names) == 1 else "There is nobody of one of these user names.")
    except ServiceError as error:
        messages.error(request, error.detail.removeprefix("user_names: "))
    return redirect("home")
