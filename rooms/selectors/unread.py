"""How far people have read in their rooms, and what is left."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Case, F, IntegerField, QuerySet, When
from django.db.models.expressions import Combinable, RawSQL

from rooms.errors import NotFound
from rooms.models import DIRECT_TITLE, Membership, Mention, Message, Room, Unread, User
from rooms.selectors.room_titles import avatar_for, direct_members, title_for
from rooms.selectors.rooms import NO_ROOM

MAX_COUNTED = 10_000  # rows of a kind above a pointer: nobody tells more apart, and a program may never read

_MEMBERSHIP, _MESSAGE, _MENTION = (model._meta.db_table for model in (Membership, Message, Mention))
_ABOVE = f"x.room_id = {_MEMBERSHIP}.room_id AND x.seq > {_MEMBERSHIP}.read_seq"
_OWN = f"x.author_id = {_MEMBERSHIP}.user_id"
_OF_OTHERS = f"(x.author_id IS NULL OR x.author_id <> {_MEMBERSHIP}.user_id)"
_DELETED = f"x.deleted_at IS NOT NULL AND {_OF_OTHERS}"
_CALLING = f"x.user_id = {_MEMBERSHIP}.user_id"


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


def unread_messages() -> Case:
    """Of a membership: how many messages of others the member has not read, without deleted ones.

    A seq has no holes, so those are not counted, but what is to be taken off: few, where somebody reads along.
    """
    above = F("room__last_seq") - F("read_seq")
    return _if_any(above - _counted(_MESSAGE, _OWN) - _counted(_MESSAGE, _DELETED))


def unread_mentions() -> Case:
    """Of a membership: how many messages that the member has not read call them."""
    return _if_any(_counted(_MENTION, _CALLING))


def _counted(table: str, condition: str) -> RawSQL:
    """Of a membership: how many rows of a table above its pointer there are; MAX_COUNTED at most."""
    # As SQL: of those who watch a busy room it is asked every second, and the ORM would take as long to compile it as
    # the database to answer for hundreds.
    rows = f"SELECT 1 FROM {table} x WHERE {_ABOVE} AND {condition} LIMIT {MAX_COUNTED}"
    return RawSQL(f"SELECT COUNT(*) FROM ({rows}) counted", (), output_field=IntegerField())


def _if_any(count: Combinable) -> Case:
    """The count, which for most, who have read everything, needs no look at any row."""
    return Case(When(read_seq__lt=F("room__last_seq"), then=count), default=0, output_field=IntegerField())


def first_unread(membership: Membership) -> tuple[int | None, int]:
    """Where what a member has not read in a room begins, None where there is nothing, and how many messages it is."""
    unread = f"x.deleted_at IS NULL AND {_OF_OTHERS}"
    sql = f"SELECT x.seq FROM {_MESSAGE} x WHERE {_ABOVE} AND {unread} ORDER BY x.seq LIMIT 1"
    first = RawSQL(sql, (), output_field=IntegerField(null=True))
    found = Membership.objects.filter(pk=membership.pk).values_list(first, unread_messages()).first()
    return found or (None, 0)


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
            unread_messages(),
            unread_mentions(),
            "room__version",
        )
    )
    direct = {row[1] for row in rows if row[4] == Room.Kind.DIRECT}
    members = direct_members(direct) if direct else {}
    found = []
    for user_id, room_id, name, title, kind, last_seq, read_seq, hidden_seq, unread, mentions, version in rows:
        shown, avatar = title or name, None
        if kind == Room.Kind.DIRECT:
            there = members.get(room_id, [])
            shown, avatar = title_for(user_id, DIRECT_TITLE, there), avatar_for(user_id, there)
        place = (last_seq, read_seq, unread, mentions, hidden_seq)
        found.append(Unread(user_id, room_id, name, shown, kind, avatar, *place, version=version))
    return found
