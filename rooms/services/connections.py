"""Ending other people's connections."""

from __future__ import annotations

from django.db import transaction

from chatproject.models import Connection
from chatproject.realtime.store import disconnect
from rooms import selectors
from rooms.errors import NotFound
from rooms.models import Membership, Room, User

NO_CONNECTION = "There is no such connection, or it is not yours to close."


@transaction.atomic
def connection_disconnect(*, by: User, connection_id: str) -> None:
    """Close a socket with 4003, in whichever process. For staff. Raises NotFound."""
    if not by.is_staff or not Connection.objects.filter(pk=connection_id).exists():
        raise NotFound(NO_CONNECTION)
    disconnect(connection_id)


@transaction.atomic
def connection_disconnect_from(*, by: User, room: Room, connection_id: str) -> None:
    """Close a socket that follows the room. For moderators over members and guests, owners and staff over all.

    Raises NotFound.
    """
    following = selectors.connections_to(by, room).filter(connection_id=connection_id).first()
    if following is None:
        raise NotFound(NO_CONNECTION)
    user = following.connection.user
    theirs = selectors.get_membership(user, room) if user else None
    mine = selectors.get_membership(by, room)
    above = by.is_staff or (mine is not None and mine.role == Membership.Role.OWNER)
    if not above and theirs is not None and theirs.role != Membership.Role.MEMBER:
        raise NotFound(NO_CONNECTION)
    disconnect(connection_id)
