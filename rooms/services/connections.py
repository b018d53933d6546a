"""Disconnect other people's sockets."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from chatproject.models import Connection
from chatproject.realtime.presence.registry_rows import request_disconnect
from rooms.errors import NotFound
from rooms.models import AuditAction, Membership, Room, User
from rooms.selectors.members import connections_to, get_membership
from rooms.selectors.rank import may_manage_account
from rooms.services.audit import audit_record
from rooms.services.locking import check_not_muted

NO_CONNECTION = _("Connection not found, or you can't close it.")


@transaction.atomic
def connection_disconnect(*, by: User, connection_id: str) -> None:
    """Close a socket with 4003, whichever process it belongs to.

    For staff, over accounts that they may manage. Raises NotFound for everyone else.
    """
    connection = Connection.objects.select_related("user").filter(pk=connection_id).first()
    if connection is None or not _may_disconnect(by, connection.user):
        raise NotFound(NO_CONNECTION)
    _disconnect(by, connection_id, connection.user)


@transaction.atomic
def connection_disconnect_from(*, by: User, room: Room, connection_id: str) -> None:
    """Close a socket that is subscribed to the room.

    Moderators may disconnect members and guests, owners everyone, and staff the accounts that they may manage. Raises
    NotFound for everyone else.
    """
    following = connections_to(by, room).filter(connection_id=connection_id).first()
    if following is None:
        raise NotFound(NO_CONNECTION)
    user = following.connection.user
    target = get_membership(user, room) if user else None
    actor = get_membership(by, room)
    is_plain_member = target is None or target.role == Membership.Role.MEMBER
    roles = {Membership.Role.OWNER, Membership.Role.MODERATOR} if is_plain_member else {Membership.Role.OWNER}
    if not (actor is not None and actor.role in roles) and not _may_disconnect(by, user):
        raise NotFound(NO_CONNECTION)
    check_not_muted(by.pk, room.pk)
    _disconnect(by, connection_id, user, room)


def _disconnect(by: User, connection_id: str, user: User | None, room: Room | None = None) -> None:
    """Close a socket. Only what is done to others is recorded."""
    if user is None or user.pk != by.pk:
        audit_record(AuditAction.MEMBER_DISCONNECTED, by=by, room=room, user=user, target=connection_id)
    request_disconnect(connection_id)


def _may_disconnect(by: User, user: User | None) -> bool:
    """Return whether staff may disconnect this user; `user` is None for a guest."""
    return by.is_staff and (user is None or may_manage_account(by, user))
