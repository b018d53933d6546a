"""How far people have read in their rooms, and what is left."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from rooms.errors import NotFound
from rooms.models import DIRECT_TITLE, Membership, Mention, Room, User
from rooms.selectors.rooms import NO_ROOM
from rooms.selectors.titles import avatar_for, direct_members, title_for


@dataclass(frozen=True, slots=True)
class Unread:
    """How far a member has read in a room, which is called and pictured as they see it.

    `mentions` counts the messages above `read_seq` that call them. All is of the room's `version`.
    """

    user_id: int
    room_id: int
    room_name: str
    title: str
    kind: str
    avatar: str | None
    last_seq: int
    read_seq: int
    mentions: int
    hidden_seq: int | None
    version: int = field(compare=False)

    @property
    def hidden(self) -> bool:
        """Whether it is not in the person's list."""
        return self.hidden_seq is not None and self.hidden_seq >= self.last_seq

    @property
    def unread(self) -> int:
        """How many messages are above `read_seq`. A seq has no holes, so no row is counted."""
        return self.last_seq - self.read_seq


def unread_of(user_ids: Collection[int], room_ids: Collection[int] | None = None) -> list[Unread]:
    """How far these people have read in their rooms, or in those of `room_ids`; by the rooms' names.

    One query, and one more where a room is direct, for however many.
    """
    memberships = Membership.objects.filter(user_id__in=user_ids)
    return _read(memberships if room_ids is None else memberships.filter(room_id__in=room_ids))


def get_unread(user: User, room: Room) -> Unread:
    """How far one member has read in a room. Raises NotFound for somebody who is none."""
    found = _read(Membership.objects.filter(user=user, room=room))
    if not found:
        raise NotFound(NO_ROOM)
    return found[0]


def unread_mentions() -> Coalesce:
    """Of a membership: how many messages that the member has not read call them."""
    mine = Mention.objects.filter(user=OuterRef("user"), room=OuterRef("room"), seq__gt=OuterRef("read_seq"))
    counted = mine.order_by().values("user").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _read(memberships: QuerySet[Membership]) -> list[Unread]:
    rows = list(
        memberships.order_by("room__name", "user_id").values_list(
            "user_id",
            "room_id",
            "room__name",
            "room__title",
            "room__kind",
            "room__last_seq",
            "read_seq",
            "hidden_seq",
            unread_mentions(),
            "room__version",
        )
    )
    direct = {row[1] for row in rows if row[4] == Room.Kind.DIRECT}
    members = direct_members(direct) if direct else {}
    found = []
    for user_id, room_id, name, title, kind, last_seq, read_seq, hidden_seq, mentions, version in rows:
        shown, avatar = title or name, None
        if kind == Room.Kind.DIRECT:
            there = members.get(room_id, [])
            shown, avatar = title_for(user_id, DIRECT_TITLE, there), avatar_for(user_id, there)
        place = (last_seq, read_seq, mentions, hidden_seq)
        found.append(Unread(user_id, room_id, name, shown, kind, avatar, *place, version=version))
    return found
