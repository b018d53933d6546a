"""Rooms that a user may read, and the only rule that decides it."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from chatproject.prepared_query import PreparedQuery
from chatproject.realtime.delivery.source import GUEST
from rooms.errors import NotFound
from rooms.models import Ban, Membership, Room, User

NO_ROOM = _("Room not found.")


GUESTS_MAY_READ = Q(kind=Room.Kind.OPEN, guests__in=[Room.Guests.READ, Room.Guests.WRITE])


def readable_by(user_id: int | OuterRef) -> Q:
    """Match the rooms that an active user may read: their own, and open ones that they are not banned from.

    This is the only place with that rule. For a user of an outer query, `user_id` is `OuterRef(OuterRef("pk"))`.
    """
    is_member = Exists(Membership.objects.filter(room=OuterRef("pk"), user=user_id))
    is_banned = Exists(Ban.objects.filter(room=OuterRef("pk"), user=user_id))
    return Q(is_member) | (Q(kind=Room.Kind.OPEN) & ~Q(is_banned))


def may_read(user: User | AnonymousUser) -> Q:
    """Match the rooms that a user or a guest may read."""
    return readable_by(user.pk) if isinstance(user, User) and user.is_active else GUESTS_MAY_READ


_room_for_user = PreparedQuery(lambda user_id, name: Room.objects.filter(readable_by(user_id), name=name))
_room_with_role = PreparedQuery(
    lambda user_id, name: (
        Room.objects.filter(readable_by(user_id), name=name)
        .annotate(mine=FilteredRelation("memberships", condition=Q(memberships__user=user_id)))
        .annotate(my_role=F("mine__role"))
    )
)
_room_for_guest = PreparedQuery(lambda name: Room.objects.filter(GUESTS_MAY_READ, name=name))


def get_room_for(user: User | AnonymousUser, name: str) -> Room:
    """Return the room with this name, if the user may read it.

    Raises:
        NotFound: it does not exist or the user may not read it; both give the same message.
    """
    if "\0" in name:
        raise NotFound(NO_ROOM)
    if isinstance(user, User) and user.is_active:
        found = _room_for_user.all(user.pk, name)
    else:
        found = _room_for_guest.all(name)
    if not found:
        raise NotFound(NO_ROOM)
    return found[0]


def get_room_with_role(user: User | AnonymousUser, name: str) -> tuple[Room, str | None]:
    """Return what `get_room_for` returns, and the user's role if they are a member. Raises NotFound."""
    if "\0" in name or not (isinstance(user, User) and user.is_active):
        return get_room_for(user, name), None
    found = _room_with_role.all(user.pk, name)
    if not found:
        raise NotFound(NO_ROOM)
    return found[0], found[0].my_role


def readers_among(room: Room, user_ids: set[int]) -> set[int]:
    """Return which of these users may read the room; the id GUEST stands for people without an account."""
    readable = Room.objects.filter(readable_by(OuterRef(OuterRef("pk"))), pk=room.pk)
    readers = User.objects.filter(Exists(readable), pk__in=user_ids, is_active=True)
    found = set(readers.values_list("pk", flat=True))
    if GUEST in user_ids and Room.objects.filter(GUESTS_MAY_READ, pk=room.pk).exists():
        found.add(GUEST)
    return found


def room_is_listed(prefix: str = "") -> Q:
    """Match memberships whose room is in the member's list: not hidden, or with messages since it was hidden.

    `prefix` is the lookup path to the membership, from a query of rooms.
    """
    column = f"{prefix}hidden_seq"
    room = "last_seq" if prefix else "room__last_seq"
    return Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__lt": F(room)})


_listed_rooms = PreparedQuery(
    lambda user_id: (
        Room.objects.filter(room_is_listed("memberships__"), memberships__user=user_id)
        .annotate(mine=FilteredRelation("memberships", condition=Q(memberships__user=user_id)))
        .annotate(my_role=F("mine__role"))
        .order_by("name")
    )
)
_rooms_to_join = PreparedQuery(
    lambda user_id: (
        Room.objects.filter(kind=Room.Kind.OPEN, closed_at=None)
        .exclude(bans__user=user_id)
        .exclude(pk__in=Membership.objects.filter(user=user_id).values("room_id"))
        .annotate(member_count=Count("memberships"))
        .order_by("name")
    )
)


def rooms_for(user: User) -> Sequence[Room]:
    """Return the rooms in a user's list, each with `my_role`."""
    return _listed_rooms.all(user.pk)


def _readable_rooms(user_id: int) -> QuerySet[Room]:
    mine = Membership.objects.filter(room=OuterRef("pk"), user=user_id)
    return Room.objects.filter(readable_by(user_id)).annotate(my_role=Subquery(mine.values("role"))).order_by("name")


_first_readable_rooms = PreparedQuery(_readable_rooms)


def readable_rooms(user: User) -> QuerySet[Room]:
    """Return all rooms that an active user may read, each with `my_role`, which is None if they are not a member."""
    return _readable_rooms(user.pk)


def first_readable_rooms(user: User, limit: int) -> list[Room]:
    """Return the first of `readable_rooms` by name, at most `limit`."""
    return _first_readable_rooms.all(user.pk, limit=limit)


def open_rooms_for(user: User, *, limit: int | None = None) -> Sequence[Room]:
    """Return the open rooms that a user can join, at most `limit`, each with `member_count`."""
    return _rooms_to_join.all(user.pk, limit=limit)
