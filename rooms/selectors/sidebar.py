"""A person's rooms as the sidebar of every page lists them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from rooms.models import Invitation, Membership, Room, User
from rooms.selectors.room_titles import avatar_for, direct_members, title_for
from rooms.selectors.rooms import listed
from rooms.selectors.unread import unread_mentions, unread_messages


@dataclass(frozen=True, slots=True)
class SidebarRoom:
    """A room with what is unread in it, called and pictured as its member sees it."""

    name: str
    title: str
    kind: str
    avatar: str | None
    closed: bool
    last_seq: int
    unread: int
    mentions: int


class Sidebar(NamedTuple):
    """All the rooms of a person, and how many invitations to others."""

    rooms: list[SidebarRoom]
    direct: list[SidebarRoom]
    invitations: int


def sidebar_for(user: User) -> Sidebar:
    """The rooms by name, and the direct ones by their latest message. Three queries, however many rooms."""
    mine = Membership.objects.filter(listed(), user=user).select_related("room")
    mine = mine.annotate(unread=unread_messages(), mentions=unread_mentions())
    memberships = list(mine.order_by("room__name"))
    others = [entry for entry in memberships if entry.room.kind != Room.Kind.DIRECT]
    direct = [entry for entry in memberships if entry.room.kind == Room.Kind.DIRECT]
    direct.sort(key=lambda entry: entry.room.last_message_at or entry.room.created_at, reverse=True)
    people = direct_members([entry.room_id for entry in direct]) if direct else {}
    return Sidebar(
        [_shown(entry, None) for entry in others],
        [_shown(entry, people.get(entry.room_id, [])) for entry in direct],
        Invitation.objects.filter(user=user).count(),
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
