"""Coming into a room and leaving it, and what moderators do with its members."""

from __future__ import annotations

from rooms import services
from rooms.errors import NotFound
from rooms.models import Membership, Room, User
from rooms.selectors import get_person
from rooms.views.request import SignedInRequest, room_action

ROLES = {
    Membership.Role.OWNER: "an owner",
    Membership.Role.MODERATOR: "a moderator",
    Membership.Role.MEMBER: "a member",
}


def named_person(request: SignedInRequest) -> User:
    """The person whom the form names, with or without an @. Raises NotFound."""
    user_name = request.POST.get("user_name", "").strip().removeprefix("@")
    try:
        return get_person(user_name)
    except NotFound as error:
        raise NotFound("There is nobody of that user name.") from error


@room_action
def join(request: SignedInRequest, room: Room) -> str:
    """Become a member of an open room."""
    services.member_join(user=request.user, room=room)
    return ""


@room_action
def leave(request: SignedInRequest, room: Room) -> str:
    """Stop being a member."""
    services.member_leave(user=request.user, room=room)
    return f"You have left {room.shown_title}."


@room_action
def set_role(request: SignedInRequest, room: Room) -> str:
    """Make a member a moderator, or the other way round."""
    person = named_person(request)
    member = services.member_set_role(by=request.user, room=room, user=person, role=request.POST.get("role", ""))
    return f"{person.shown_name} is now {ROLES[Membership.Role(member.role)]}."


@room_action
def remove(request: SignedInRequest, room: Room) -> str:
    """Put a member out of the room; they may come back if it is open or they are invited."""
    person = named_person(request)
    services.member_remove(by=request.user, room=room, user=person)
    return f"{person.shown_name} is removed from the room."


@room_action
def ban(request: SignedInRequest, room: Room) -> str:
    """Put a member out of the room and keep them out."""
    person = named_person(request)
    services.member_ban(by=request.user, room=room, user=person)
    return f"{person.shown_name} is banned from the room."


@room_action
def unban(request: SignedInRequest, room: Room) -> str:
    """Let a banned person come back."""
    person = named_person(request)
    services.member_unban(by=request.user, room=room, user=person)
    return f"{person.shown_name} is no longer banned."
