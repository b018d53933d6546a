"""Inviting people to a room; accepting and declining invitations."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from rooms.errors import ServiceError
from rooms.models import Room
from rooms.services.invitations import invitation_accept, invitation_create, invitation_decline, invitation_withdraw
from rooms.views.members import named_person
from rooms.views.request import SignedInRequest, room_action


@room_action
def invite(request: SignedInRequest, room: Room) -> str:
    """Invite a person."""
    person = named_person(request)
    invitation_create(by=request.user, room=room, user=person)
    return _("%(name)s was invited.") % {"name": person.shown_name}


@room_action
def withdraw(request: SignedInRequest, room: Room) -> str:
    """Cancel an invitation."""
    person = named_person(request)
    invitation_withdraw(by=request.user, room=room, user=person)
    return _("Invite for %(name)s cancelled.") % {"name": person.shown_name}


@require_POST
@login_required
def accept(request: SignedInRequest, name: str) -> HttpResponse:
    """Accept an invitation."""
    try:
        return redirect(invitation_accept(user=request.user, room_name=name).room)
    except ServiceError as error:
        messages.error(request, error.detail)
        return redirect("home")


@require_POST
@login_required
def decline(request: SignedInRequest, name: str) -> HttpResponse:
    """Decline an invitation."""
    try:
        invitation_decline(user=request.user, room_name=name)
    except ServiceError as error:
        messages.error(request, error.detail)
    return redirect("home")
