"""Ending other people's connections."""

from __future__ import annotations

from django.db import transaction

from chatproject.models import Connection
from chatproject.realtime.presence.registry_rows import disconnect
from rooms.errors import NotFound
from rooms.models import Membership, Room, User
from rooms.selectors.members import connections_to, get_membership
from rooms.selectors.rank import may_manage_account

NO_CONNECTION = "Connection not found, or you can't close it."


@transaction.atomic
def connection_disconnect(*, by: User, connection_id: str) -> None:
    """Close a socket with 4003, in whichever process. For staff, but not that of somebody above. Raises NotFound."""
    connection = Connection.objects.select_related("user").filter(pk=connection_id).first()
    if connection is None or not _is_below(by, connection.user):
        raise NotFound(NO_CONNECTION)
    disconnect(connection_id)


@transaction.atomic
def connection_disconnect_from(*, by: User, room: Room, connection_id: str) -> None:
    """Close a socket that follows the room. For moderators over members and guests, owners over all, and for staff over
    those below them.

    Raises NotFound.
    """
    following = connections_to(by, room).filter(connection_id=connection_id).first()
    if following is None:
        raise NotFound(NO_CONNECTION)
    user = following.connection.user
    theirs = get_membership(user, room) if user else None
    mine = get_membership(by, room)
    ordinary = theirs is None or theirs.role == Membership.Role.MEMBER
    roles = {Membership.Role.OWNER, Membership.Role.MODERATOR} if ordinary else {Membership.Role.OWNER}
    if not (mine is not None and mine.role in roles) and not _is_below(by, user):
        raise NotFound(NO_CONNECTION)
    disconnect(connection_id)


def _is_below(by: User, user: User | None) -> bool:
    """Whether somebody at a socket, a guest included, is below a member of staff."""
    return by.is_staff and (user is None or may_manage_account(by, user))
