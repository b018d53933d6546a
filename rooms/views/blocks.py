"""Blocking and unblocking people."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rooms.models import User
from rooms.services.blocks import user_block, user_unblock
from rooms.views.members import named_person
from rooms.views.request import SignedInRequest, act_and_notify


def person_action(act: Callable[[SignedInRequest, User], str]) -> Callable[[SignedInRequest], HttpResponse]:
    """Make a view for a POST about the person named in the form, which redirects to the profile.

    `act` returns the notice to show. A script, which asks for JSON, gets only the notice.
    """

    @require_POST
    @login_required
    @wraps(act)
    def view(request: SignedInRequest) -> HttpResponse:
        return act_and_notify(request, lambda: act(request, named_person(request))) or redirect("profile")

    return view


@person_action
def block(request: SignedInRequest, person: User) -> str:
    """Block a person."""
    user_block(by=request.user, user=person)
    return _("%(name)s was blocked. You can unblock them in your profile.") % {"name": person.shown_name}


@person_action
def unblock(request: SignedInRequest, person: User) -> str:
    """Unblock a person."""
    user_unblock(by=request.user, user=person)
    return _("%(name)s was unblocked.") % {"name": person.shown_name}
