"""Blocking people, and unblocking them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from rooms.models import User
from rooms.services.blocks import user_block, user_unblock
from rooms.views.members import named_person
from rooms.views.request import SignedInRequest, tell


def about_person(act: Callable[[SignedInRequest, User], str]) -> Callable[[SignedInRequest], HttpResponse]:
    """A POST that does one thing about the person whom its form names, and comes to the profile.

    `act` returns the sentence that is shown. A script, which asks for JSON, gets the sentence alone.
    """

    @require_POST
    @login_required
    @wraps(act)
    def view(request: SignedInRequest) -> HttpResponse:
        return tell(request, lambda: act(request, named_person(request))) or redirect("profile")

    return view


@about_person
def block(request: SignedInRequest, person: User) -> str:
    """Want nothing from somebody any more."""
    user_block(by=request.user, user=person)
    return f"{person.shown_name} was blocked. You can unblock them in your profile."


@about_person
def unblock(request: SignedInRequest, person: User) -> str:
    """Let them write again."""
    user_unblock(by=request.user, user=person)
    return f"{person.shown_name} was unblocked."
