"""Which rooms a person may read: the one door to them."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F, FilteredRelation, OuterRef, Q, QuerySet, Subquery

from rooms.errors import NotFound
from rooms.models import Ban, Membership, Room, User

NO_ROOM = "There is no such room."


# `may_read`, of the one room of a name, as SQL: every request and every socket asks it, and the ORM takes ten times as
# long to compile the condition as the database to check it. A test holds the two together.
READABLE_ROOM = f"""
SELECT r.* FROM {Room._meta.db_table} r WHERE r.name = %s AND (
    EXISTS (SELECT 1 FROM {Membership._meta.db_table} m WHERE m.room_id = r.id AND m.user_id = %s)
    OR (r.kind = 'open'
        AND NOT EXISTS (SELECT 1 FROM {Ban._meta.db_table} b WHERE b.room_id = r.id AND b.user_id = %s)))
"""
GUESTS_ROOM = f"SELECT * FROM {Room._meta.db_table} WHERE name = %s AND kind = 'open' AND guests IN ('read', 'write')"


def may_read(user: User | AnonymousUser) -> Q:
    """The rooms that this person may read: their own, and the open ones they are not banned from."""
    if not isinstance(user, User) or not user.is_active:
        return Q(kind=Room.Kind.OPEN, guests__in=[Room.Guests.READ, Room.Guests.WRITE])
    open_to_them = Q(kind=Room.Kind.OPEN) & ~Q(bans__user=user)
    return Q(pk__in=Membership.objects.filter(user=user).values("room_id")) | open_to_them


def get_room_for(user: User | AnonymousUser, name: str) -> Room:
    """The room of that name, if the person may read it.

    Raises:
        NotFound: when it is absent or forbidden, in the same words.
    """
    if "\0" in name:
        raise NotFound(NO_ROOM)
    if isinstance(user, User) and user.is_active:
        found = list(Room.objects.raw(READABLE_ROOM, [name, user.pk, user.pk]))
    else:
        found = list(Room.objects.raw(GUESTS_ROOM, [name]))
    if not found:
        raise NotFound(NO_ROOM)
    return found[0]


def in_list(prefix: str = "") -> Q:
    """Of memberships: those whose room is in the person's list. `prefix` leads to them from what is queried."""
    column = f"{prefix}hidden_seq"
    room = "last_seq" if prefix else "room__last_seq"
    return Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__lt": F(room)})


def rooms_for(user: User) -> QuerySet[Room]:
    """The rooms in a person's list, each with `my_role`."""
    return (
        Room.objects.filter(in_list("memberships__"), memberships__user=user)
        .annotate(mine=FilteredRelation("memberships", condition=Q(memberships__user=user)))
        .annotate(my_role=F("mine__role"))
        .order_by("name")
    )


def readable_rooms(user: User) -> QuerySet[Room]:
    """All the rooms a person may read, each with `my_role`, which is None where they are no member."""
    mine = Membership.objects.filter(room=OuterRef("pk"), user=user)
    return Room.objects.filter(may_read(user)).annotate(my_role=Subquery(mine.values("role"))).order_by("name")


def open_rooms_for(user: User) -> QuerySet[Room]:
    """The open rooms a person could join, each with `member_count`."""
    return (
        Room.objects.filter(kind=Room.Kind.OPEN, closed_at=None)
        .exclude(bans__user=user)
        .exclude(pk__in=Membership.objects.filter(user=user).values("room_id"))
        .annotate(member_count=Count("memberships"))
        .order_by("name")
    )
