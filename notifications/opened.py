"""Telling the members of a room that more people may read it now."""

from __future__ import annotations

from notifications.services import notify_persons
from rooms.models import Membership, Room, User

CAN = {
    Room.Guests.NONE: "everybody here can find it and read all of it",
    Room.Guests.READ: "anybody can read all of it, without an account",
    Room.Guests.WRITE: "anybody can read all of it and write in it, without an account",
}


def tell_opened(room: Room, by: User) -> None:
    """On the own topic of each member but who did it. For `hooks.on_room_opened`."""
    members = Membership.objects.filter(room=room, user__is_active=True).exclude(user=by)
    notify_persons(
        user_ids=list(members.values_list("user_id", flat=True)),
        title=f"{room.shown_title} is public now: {CAN[Room.Guests(room.guests)]}",
        payload={"kind": "room_opened", "room_name": room.name, "guests": room.guests},
        by=by,
        room=room,
    )
