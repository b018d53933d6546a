"""Members, bans and subscribers of a room, and who may moderate it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from chatproject.models import Following
from chatproject.prepared_query import PreparedQuery
from chatproject.realtime.delivery.groups import StreamKey
from chatproject.realtime.presence.registry_rows import signed_in_connections, subscriptions_to
from rooms.errors import NotFound
from rooms.models import Ban, Block, Membership, Room, User
from rooms.selectors.people import name_contains
from rooms.selectors.rooms import NO_ROOM
from rooms.selectors.statuses import SHOWN_WITH_SIGNS

_SHOWN = ("user", *(f"user__{name}" for name in SHOWN_WITH_SIGNS))
_membership = PreparedQuery(
    lambda user_id, room_id: Membership.objects.filter(user=user_id, room=room_id).annotate(
        blocks=Exists(Block.objects.filter(by=OuterRef("user")))
    )
)


def get_membership(user: User | AnonymousUser, room: Room) -> Membership | None:
    """Return a user's membership of a room, with `blocks`: whether the user has blocked anybody; or None."""
    if not isinstance(user, User):
        return None
    found = _membership.all(user.pk, room.pk)
    return found[0] if found else None


def may_type(user: User, room_id: int) -> bool:
    """Return whether a user is a member of a room and not silenced by a block."""
    return Membership.objects.filter(user=user, room_id=room_id, silenced=False).exists()


def room_ids_among(user_id: int, room_ids: Collection[int]) -> set[int]:
    """Return which of these rooms a user is a member of."""
    return set(Membership.objects.filter(user_id=user_id, room_id__in=room_ids).values_list("room_id", flat=True))


def roles_among(room: Room, user_ids: set[int]) -> dict[int, str]:
    """Return the roles of those of these users who are members of the room."""
    return dict(Membership.objects.filter(room=room, user_id__in=user_ids).values_list("user_id", "role"))


def banned_among(room: Room, user_ids: set[int]) -> list[int]:
    """Return which of these users are banned from the room."""
    return list(room.bans.filter(user_id__in=user_ids).values_list("user_id", flat=True)) if user_ids else []


def members_of(room: Room) -> QuerySet[Membership]:
    """Return the members of a room with their accounts, in the order in which they joined."""
    return Membership.objects.filter(room=room).select_related("user").order_by("id")


_counts = PreparedQuery(
    lambda room_id: (
        Membership.objects.filter(room=room_id)
        .values_list("room")  # groups by it
        .annotate(members=Count("pk"), owners=Count("pk", filter=Q(role=Membership.Role.OWNER)))
        .values_list("members", "owners")
    )
)


def member_counts(room: Room) -> dict[str, int]:
    """Count a room's `members`, and how many of them are `owners`."""
    members, owners = next(iter(_counts.values(room.pk)), (0, 0))
    return {"members": members, "owners": owners}


def _by_presence(room_id: int) -> QuerySet[Membership]:
    """Return the members with `is_here`, `is_online` and `is_active`.

    These say whether a socket of theirs follows the room, is open, and is not idle.
    """
    followings = Following.objects.filter(kind="room", stream_id=room_id, connection__user=OuterRef("user"))
    sockets = signed_in_connections().filter(user=OuterRef("user"))
    members = Membership.objects.filter(room=room_id).select_related(*_SHOWN)
    return members.annotate(
        is_here=Exists(followings), is_online=Exists(sockets), is_active=Exists(sockets.filter(idle=False))
    ).order_by("-is_here", "id")


_all_by_presence = PreparedQuery(_by_presence)


def members_to_show(room: Room, words: str = "", *, limit: int) -> Sequence[Membership]:
    """Return the members as a page lists them: first those with a socket subscribed to the room, then by joining order.

    With `words`, only members whose name contains them. Each has `is_online`: whether they have any
    open socket, and `is_active`: whether one of these is not idle.
    """
    if not words.strip():
        return _all_by_presence.all(room.pk, limit=limit)
    return list(_by_presence(room.pk).filter(name_contains(words, "user__"))[:limit])


def bans_for(user: User, room: Room) -> QuerySet[Ban]:
    """Return the bans of a room, for its owners and moderators and staff. Raises NotFound for everyone else."""
    check_may_moderate(user, room)
    return Ban.objects.filter(room=room).select_related("user", "by").order_by("id")


def connections_to(user: User, room: Room) -> QuerySet[Following]:
    """Return the subscriptions to a room, for its owners and moderators and staff. Raises NotFound for others."""
    check_may_moderate(user, room)
    return subscriptions_to(StreamKey("room", room.pk)).order_by("id")


def check_may_moderate(user: User, room: Room) -> None:
    """Check that a user is an owner or moderator of the room, or staff. Raises NotFound."""
    member = get_membership(user, room)
    if not user.is_staff and (member is None or member.role == Membership.Role.MEMBER):
        raise NotFound(NO_ROOM)
