"""A user's rooms as the sidebar of every page lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from chatproject.prepared_query import PreparedQuery
from rooms.models import Membership, Room, User
from rooms.selectors.invitations import invitation_count
from rooms.selectors.room_titles import avatar_for, direct_members, title_for
from rooms.selectors.rooms import room_is_listed
from rooms.selectors.saved_messages import reminder_count
from rooms.selectors.scheduled_messages import scheduled_count
from rooms.selectors.unread import unread_mentions, unread_messages


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


class Sidebar(NamedTuple):
    """A user's rooms, and the numbers of invitations, of reminders that came due, and of scheduled messages."""

    rooms: list[SidebarRoom]
    direct: list[SidebarRoom]
    invitations: int
    reminders: int
    scheduled: int


_listed_memberships = PreparedQuery(
    lambda user_id: (
        Membership.objects.filter(room_is_listed(), user=user_id)
        .select_related("room")
        .annotate(unread=unread_messages(), mentions=unread_mentions())
        .order_by("room__name")
    )
)


def sidebar_for(user: User) -> Sidebar:
    """Return the user's rooms, as lists show them: those with unread messages first.

    Then come rooms by name, and direct rooms by their latest message. Takes five queries for any number of rooms.
    """
    memberships = _listed_memberships.all(user.pk)
    others = [entry for entry in memberships if entry.room.kind != Room.Kind.DIRECT]
    direct = [entry for entry in memberships if entry.room.kind == Room.Kind.DIRECT]
    direct.sort(key=lambda entry: entry.room.last_message_at or entry.room.created_at, reverse=True)
    for entries in (others, direct):
        entries.sort(key=lambda entry: not getattr(entry, "unread", 0))
    people = direct_members([entry.room_id for entry in direct]) if direct else {}
    return Sidebar(
        [_shown(entry, None) for entry in others],
        [_shown(entry, people.get(entry.room_id, [])) for entry in direct],
        invitation_count(user),
        reminder_count(user.pk),
        scheduled_count(user.pk),
    )


def _shown(membership: Membership, members: list[User] | None) -> SidebarRoom:
    room = membership.room
    title, avatar = room.shown_title, None
    if members is not None:
        title = title_for(membership.user_id, title, members)
        avatar = avatar_for(membership.user_id, members)
    return SidebarRoom(
        name=room.name,
        title=title,
        kind=room.kind,
        avatar=avatar,
        closed=room.closed_at is not None,
        last_seq=room.last_seq,
        unread=getattr(membership, "unread", 0),
        mentions=getattr(membership, "mentions", 0),
    )
