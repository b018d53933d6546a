"""Invitations to rooms."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from chatproject.prepared_query import PreparedQuery
from rooms.errors import NotFound
from rooms.models import Invitation, Room, User
from rooms.selectors.members import check_may_moderate

NO_INVITATION = _("Invitation not found.")


def invitations_for(user: User, room: Room) -> QuerySet[Invitation]:
    """Return the invitations to a room, for its owners and moderators and staff, but not those for e-mail addresses.

    Raises NotFound for everyone else.
    """
    check_may_moderate(user, room)
    return Invitation.objects.filter(room=room, by_email=None).select_related("user", "by").order_by("id")


def invitations_of(user: User) -> QuerySet[Invitation]:
    """Return a user's invitations, oldest first. They may be shown the room's name and title, and who invited them."""
    return Invitation.objects.filter(user=user).select_related("room", "by").order_by("id")


_to_room = PreparedQuery(
    lambda room_id: Invitation.objects.filter(room=room_id, by_email=None).select_related("user", "by").order_by("id")
)
_of_user = PreparedQuery(
    lambda user_id: Invitation.objects.filter(user=user_id).select_related("room", "by").order_by("id")
)
_ids_of_user = PreparedQuery(lambda user_id: Invitation.objects.filter(user=user_id).values_list("pk"))


def all_invitations_to(room: Room) -> Sequence[Invitation]:
    """Return the invitations to a room, for a page of those who may moderate it."""
    return _to_room.all(room.pk)


def all_invitations_of(user: User) -> Sequence[Invitation]:
    """Return a user's invitations, as `invitations_of` does, for a page that shows all of them."""
    return _of_user.all(user.pk)


def invitation_count(user: User) -> int:
    """Return how many invitations a user has."""
    return len(_ids_of_user.values(user.pk))


def invited_among(room: Room, user_ids: Collection[int]) -> set[int]:
    """Return which of these users are invited to the room."""
    return set(Invitation.objects.filter(room=room, user__in=user_ids).values_list("user_id", flat=True))


def invitation_counts(user_ids: Collection[int]) -> dict[int, int]:
    """Return how many invitations each of these users has; those without any are left out."""
    invitations = Invitation.objects.filter(user_id__in=user_ids).order_by().values_list("user_id")
    return dict(invitations.annotate(count=Count("pk")))


def get_invitation(user: User, room_name: str) -> Invitation:
    """Return a user's invitation to the room with this name. Raises NotFound."""
    found = invitations_of(user).filter(room__name=room_name).first() if "\0" not in room_name else None
    if found is None:
        raise NotFound(NO_INVITATION)
    return found
