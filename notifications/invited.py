"""Telling people that they are invited to a room."""

from __future__ import annotations

from notifications.services import notify_person
from rooms.models import Invitation


def tell_invited(invitation: Invitation) -> None:
    """Tell it on the person's own topic."""
    room, by = invitation.room, invitation.by
    notify_person(
        user=invitation.user,
        title=f"{by.shown_name if by else 'Somebody'} invites you to {room.shown_title}",
        payload={"kind": "invitation", "room_name": room.name},
        by=by,
        room=room,
    )
