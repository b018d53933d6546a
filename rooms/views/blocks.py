"""Blocking people, and unblocking them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from rooms import services
from rooms.errors import ServiceError
from rooms.views.members import named_person
from rooms.views.request import SignedInRequest


@require_POST
@login_required
def block(request: SignedInRequest) -> HttpResponse:
    """Want nothing from somebody any more."""
    try:
        person = named_person(request)
        services.user_block(by=request.user, user=person)
    except ServiceError as error:
        messages.error(request, error.detail.removeprefix("user_name: "))
    else:
        messages.success(request, f"{person.shown_name} is blocked. You can unblock them in your profile.")
    return redirect("home")


@require_POST
@login_required
def unblock(request: SignedInRequest) -> HttpResponse:
    """Let them write again."""
    try:
        person = named_person(request)
        services.user_unblock(by=request.user, user=person)
    except ServiceError as error:
        messages.error(request, error.detail)
    else:
        messages.success(request, f"{person.shown_name} is unblocked.")
    return redirect("profile")
