"""A user's rooms as the sidebar of every page lists them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Count, F, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from chatproject.prepared_query import PreparedQuery
from rooms.models import Invitation, Membership, Report, Room, SavedMessage, ScheduledMessage, Signs, User
from rooms.selectors.online import is_away
from rooms.selectors.reports import handled_by
from rooms.selectors.room_titles import Face, direct_memberships, face_for, signs_for, title_for, users_by_room
from rooms.selectors.rooms import room_is_listed
from rooms.selectors.saved_messages import is_readable
from rooms.selectors.sections import sections_of
from rooms.selectors.unread import unread_mentions, unread_messages

MANY = 15  # rooms


@dataclass(frozen=True, slots=True)
class SidebarRoom:
    """A room with its unread counts, and its title and face as the member sees them.

    `presence` is that of the other person in a direct room of two: `online`, `away` or empty.
    """

    name: str
    title: str
    kind: str
    face: Face | None  # of a direct room
    presence: str
    closed: bool
    last_seq: int
    unread: int
    mentions: int
    silent: bool  # nothing notifies the member
    muted: bool
    signs: Signs | None  # of the other person in a direct room
    section_id: int | None  # also if it is a favourite


class SidebarSection(NamedTuple):
    """A section that the user has named. Favourites are not among its rooms."""

    id: int
    name: str
    collapsed: bool
    rooms: list[SidebarRoom]


class Sidebar(NamedTuple):
    """A user's rooms, and the numbers of invitations, due reminders, scheduled messages and open reports.

    `dnd_until` is until when do-not-disturb is on, in seconds since 1970, or 0.
    """

    favourites: list[SidebarRoom]
    sections: list[SidebarSection]
    rooms: list[SidebarRoom]
    direct: list[SidebarRoom]
    invitations: int
    reminders: int
    scheduled: int
    reports: int
    moderates: bool  # any of the rooms
    dnd_until: int

    @property
    def has_many(self) -> bool:
        """Whether there are so many rooms that a field to filter them helps."""
        return len(self.entries) > MANY

    @property
    def entries(self) -> list[SidebarRoom]:
        """All rooms, in the order in which they are listed."""
        in_sections = [room for section in self.sections for room in section.rooms]
        return self.favourites + in_sections + self.direct + self.rooms


_listed_memberships = PreparedQuery(
    lambda user_id: (
        Membership.objects.filter(room_is_listed(), user=user_id)
        .select_related("room")
        .annotate(unread=unread_messages(), mentions=unread_mentions(), dnd_until=F("user__preferences__dnd_until"))
        .annotate(unread_first=Coalesce("user__preferences__unread_first", True))
        .order_by("room__name")
    )
)


def _number(rows: QuerySet[Any], field: str) -> Coalesce:
    """Return how many rows there are, all of one user or state."""
    counted = rows.order_by().values(field).annotate(number=Count("pk"))
    return Coalesce(Subquery(counted.values("number")), 0)


_numbers = PreparedQuery(
    lambda user_id: User.objects.filter(pk=user_id).values_list(
        _number(Invitation.objects.filter(user=user_id), "user"),
        _number(SavedMessage.objects.filter(is_readable(), user=user_id, reminded_at__isnull=False), "user"),
        _number(ScheduledMessage.objects.filter(author=user_id), "author"),
        _number(Report.objects.filter(handled_by(user_id), state=Report.State.OPEN), "state"),
    )
)


def sidebar_for(user: User) -> Sidebar:
    """Return the user's rooms, as lists show them: unread ones first, if the user wants that, and muted ones last.

    Among these, favourites and rooms in sections are in the order of their titles, other rooms in that of their names,
    and direct rooms in that of their latest messages. Takes four queries for any number of rooms.
    """
    memberships = _listed_memberships.all(user.pk)
    direct_ids = [entry.room_id for entry in memberships if entry.room.kind == Room.Kind.DIRECT]
    members = list(direct_memberships(direct_ids).annotate(away=is_away())) if direct_ids else []
    people = users_by_room(members)
    away = {member.user_id: getattr(member, "away", None) for member in members}  # None if they are offline
    sections = [SidebarSection(one.pk, one.name, one.collapsed, []) for one in sections_of(user)]
    by_section = {section.id: section.rooms for section in sections}
    favourites: list[SidebarRoom] = []
    others: list[SidebarRoom] = []
    direct: list[SidebarRoom] = []
    by_latest = sorted(memberships, key=lambda entry: entry.room.last_message_at or entry.room.created_at, reverse=True)
    for entry in by_latest:
        is_direct = entry.room.kind == Room.Kind.DIRECT
        shown = _shown(entry, people.get(entry.room_id, []) if is_direct else None, away)
        usual = direct if is_direct else others
        (favourites if entry.favourite else by_section.get(entry.section_id or 0, usual)).append(shown)
    for entries in (favourites, *by_section.values()):
        entries.sort(key=lambda entry: (entry.title.casefold(), entry.name))
    others.sort(key=lambda entry: entry.name)
    unread_first = all(getattr(entry, "unread_first", True) for entry in memberships)
    for entries in (favourites, *by_section.values(), others, direct):
        entries.sort(key=lambda entry: (entry.muted, unread_first and (entry.muted or not entry.unread)))
    # Read along with the rooms. A user without rooms learns it from their socket.
    dnd_until = getattr(memberships[0], "dnd_until", None) if memberships else None
    ((invitations, reminders, scheduled, reports),) = _numbers.values(user.pk)
    return Sidebar(
        favourites,
        sections,
        others,
        direct,
        invitations,
        reminders,
        scheduled,
        reports,
        any(entry.role != Membership.Role.MEMBER for entry in memberships),
        math.ceil(dnd_until.timestamp()) if dnd_until and dnd_until > timezone.now() else 0,
    )


def _shown(membership: Membership, members: list[User] | None, away: dict[int, bool | None]) -> SidebarRoom:
    room = membership.room
    title, face, signs, presence = room.shown_title, None, None, ""
    if members is not None:
        title = title_for(membership.user_id, title, members)
        face = face_for(membership.user_id, members)
        signs = signs_for(membership.user_id, members)
        if face.user_id is not None and away[face.user_id] is not None:
            presence = "away" if away[face.user_id] else "online"
    return SidebarRoom(
        name=room.name,
        title=title,
        kind=room.kind,
        face=face,
        presence=presence,
        closed=room.closed_at is not None,
        last_seq=room.last_seq,
        unread=getattr(membership, "unread", 0),
        mentions=getattr(membership, "mentions", 0),
        silent=membership.level == Membership.Level.NOTHING,
        muted=membership.muted,
        signs=signs,
        section_id=membership.section_id,
    )
