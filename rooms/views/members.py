"""Joining and leaving rooms, and moderating their members."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from rooms.errors import ServiceError
from rooms.models import Membership, Room, User
from rooms.selectors.people import find_person
from rooms.selectors.room_titles import titles_for
from rooms.services.direct_rooms import direct_room_hide
from rooms.services.members import member_ban, member_join, member_leave, member_remove, member_set_role, member_unban
from rooms.views.request import SignedInRequest, get_room_or_404, room_action

NEW_ROLE = {
    Membership.Role.OWNER: gettext_lazy("%(name)s is now an owner."),
    Membership.Role.MODERATOR: gettext_lazy("%(name)s is now a moderator."),
    Membership.Role.MEMBER: gettext_lazy("%(name)s is now a member."),
}


def named_person(request: SignedInRequest) -> User:
    """The person named in the form. Raises NotFound, InvalidField."""
    return find_person(request.POST.get("user_name", ""))


@room_action
def join(request: SignedInRequest, room: Room) -> str:
    """Join a public room."""
    member_join(user=request.user, room=room)
    return ""


@require_POST
@login_required
def leave(request: SignedInRequest, name: str) -> HttpResponse:
    """Leave a room."""
    room = get_room_or_404(request, name)
    title = titles_for(request.user, [room])[room.pk]
    try:
        member_leave(user=request.user, room=room)
    except ServiceError as error:
        messages.error(request, error.detail)
        return redirect(room)
    messages.success(request, _("You left %(room)s.") % {"room": title})
    return redirect("home" if room.kind != Room.Kind.OPEN else room)


@require_POST
@login_required
def hide(request: SignedInRequest, name: str) -> HttpResponse:
    """Hide a direct room from the user's list until its next message."""
    room = get_room_or_404(request, name)
    try:
        direct_room_hide(user=request.user, room=room)
    except ServiceError as error:
        messages.error(request, error.detail)
        return redirect(room)
    messages.success(request, _("Conversation hidden until the next message."))
    return redirect("home")


@room_action
def set_role(request: SignedInRequest, room: Room) -> str:
    """Change a member's role."""
    person = named_person(request)
    member = member_set_role(by=request.user, room=room, user=person, role=request.POST.get("role", ""))
    return NEW_ROLE[Membership.Role(member.role)] % {"name": person.shown_name}


@room_action
def remove(request: SignedInRequest, room: Room) -> str:
    """Remove a member; they can join again if the room is public or they are invited."""
    person = named_person(request)
    member_remove(by=request.user, room=room, user=person)
    return _("%(name)s was removed from the room.") % {"name": person.shown_name}


@room_action
def ban(request: SignedInRequest, room: Room) -> str:
    """Remove a member and ban them."""
    person = named_person(request)
    member_ban(by=request.user, room=room, user=person)
    return _("%(name)s was banned from the room.") % {"name": person.shown_name}


@room_action
def unban(request: SignedInRequest, room: Room) -> str:
    """Lift a ban."""
    person = named_person(request)
    member_unban(by=request.user, room=room, user=person)
    return _("%(name)s was unbanned.") % {"name": person.shown_name}
