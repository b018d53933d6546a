"""A user's rooms as the sidebar of every page lists them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import F
from django.utils import timezone

from chatproject.prepared_query import PreparedQuery
from rooms.models import Membership, Room, Signs, User
from rooms.selectors.invitations import invitation_count
from rooms.selectors.room_titles import avatar_for, direct_members, signs_for, title_for
from rooms.selectors.rooms import room_is_listed
from rooms.selectors.saved_messages import reminder_count
from rooms.selectors.scheduled_messages import scheduled_count
from rooms.selectors.unread import unread_mentions, unread_messages

MANY = 15  # rooms


@dataclass(frozen=True, slots=True)
class SidebarRoom:
    """A room with its unread counts, and its title and picture as the member sees them."""

    name: str
    title: str
    kind: str
    avatar: str | None
    closed: bool
    last_seq: int
    unread: int
    mentions: int
    silent: bool  # nothing notifies the member
    muted: bool
    signs: Signs | None  # of the other person in a direct room


class Sidebar(NamedTuple):
    """A user's rooms, and the numbers of invitations, of reminders that came due, and of scheduled messages.

    `dnd_until` is until when do-not-disturb is on, in seconds since 1970, or 0.
    """

    favourites: list[SidebarRoom]
    rooms: list[SidebarRoom]
    direct: list[SidebarRoom]
    invitations: int
    reminders: int
    scheduled: int
    dnd_until: int

    @property
    def has_many(self) -> bool:
        """Whether there are so many rooms that a field to filter them helps."""
        return len(self.favourites) + len(self.rooms) + len(self.direct) > MANY


_listed_memberships = PreparedQuery(
    lambda user_id: (
        Membership.objects.filter(room_is_listed(), user=user_id)
        .select_related("room")
        .annotate(unread=unread_messages(), mentions=unread_mentions(), dnd_until=F("user__preferences__dnd_until"))
        .order_by("room__name")
    )
)


def sidebar_for(user: User) -> Sidebar:
    """Return the user's rooms, as lists show them: those with unread messages first, muted ones last.

    Among these, favourites are in the order of their titles, rooms in that of their names, and direct rooms in that of
    their latest messages. Takes five queries for any number of rooms.
    """
    memberships = _listed_memberships.all(user.pk)
    direct_ids = [entry.room_id for entry in memberships if entry.room.kind == Room.Kind.DIRECT]
    people = direct_members(direct_ids) if direct_ids else {}
    favourites: list[SidebarRoom] = []
    others: list[SidebarRoom] = []
    direct: list[SidebarRoom] = []
    by_latest = sorted(memberships, key=lambda entry: entry.room.last_message_at or entry.room.created_at, reverse=True)
    for entry in by_latest:
        is_direct = entry.room.kind == Room.Kind.DIRECT
        shown = _shown(entry, people.get(entry.room_id, []) if is_direct else None)
        (favourites if entry.favourite else direct if is_direct else others).append(shown)
    favourites.sort(key=lambda entry: (entry.title.casefold(), entry.name))
    others.sort(key=lambda entry: entry.name)
    for entries in (favourites, others, direct):
        entries.sort(key=lambda entry: (entry.muted, entry.muted or not entry.unread))
    # Read along with the rooms. A user without rooms learns it from their socket.
    dnd_until = getattr(memberships[0], "dnd_until", None) if memberships else None
    return Sidebar(
        favourites,
        others,
        direct,
        invitation_count(user),
        reminder_count(user.pk),
        scheduled_count(user.pk),
        math.ceil(dnd_until.timestamp()) if dnd_until and dnd_until > timezone.now() else 0,
    )


def _shown(membership: Membership, members: list[User] | None) -> SidebarRoom:
    room = membership.room
    title, avatar, signs = room.shown_title, None, None
    if members is not None:
        title = title_for(membership.user_id, title, members)
        avatar = avatar_for(membership.user_id, members)
        signs = signs_for(membership.user_id, members)
    return SidebarRoom(
        name=room.name,
        title=title,
        kind=room.kind,
        avatar=avatar,
        closed=room.closed_at is not None,
        last_seq=room.last_seq,
        unread=getattr(membership, "unread", 0),
        mentions=getattr(membership, "mentions", 0),
        silent=membership.level == Membership.Level.NOTHING,
        muted=membership.muted,
        signs=signs,
    )
