"""Read markers and unread counts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import Case, F, IntegerField, QuerySet, When
from django.db.models.expressions import Combinable, RawSQL
from django.utils import translation

from chatproject.prepared_query import PreparedQuery
from rooms.errors import NotFound
from rooms.models import DIRECT_TITLE, Membership, Mention, Message, Room, Unread, User
from rooms.people.languages import user_language
from rooms.selectors.room_titles import NO_FACE, direct_members, face_for, title_for
from rooms.selectors.rooms import NO_ROOM

MAX_COUNTED = 10_000  # of a kind above a read marker: programs may never mark anything read

_MEMBERSHIP, _MESSAGE, _MENTION = (model._meta.db_table for model in (Membership, Message, Mention))
_ABOVE_MARKER = f"x.room_id = {_MEMBERSHIP}.room_id AND x.seq > {_MEMBERSHIP}.read_seq"
_OWN = f"x.author_id = {_MEMBERSHIP}.user_id"
_OF_OTHERS = f"(x.author_id IS NULL OR x.author_id <> {_MEMBERSHIP}.user_id)"
_DELETED = f"x.deleted_at IS NOT NULL AND {_OF_OTHERS}"
_MENTIONS_MEMBER = f"x.user_id = {_MEMBERSHIP}.user_id"


def unread_of(user_ids: Collection[int], room_ids: Collection[int] | None = None) -> list[Unread]:
    """Return the unread counts of users in all their rooms, or in `room_ids`, ordered by room name.

    Takes one query for any number of rooms, and another one if any of them is a direct room.
    """
    if room_ids is None and len(user_ids) == 1:
        return _with_titles(_columns_of_user.values(*user_ids))
    memberships = Membership.objects.filter(user_id__in=user_ids)
    return _with_titles(_columns(memberships if room_ids is None else memberships.filter(room_id__in=room_ids)))


def get_unread(user: User, room: Room) -> Unread:
    """Return the unread counts of a member in a room. Raises NotFound for other users."""
    found = _with_titles(_columns(Membership.objects.filter(user=user, room=room)))
    if not found:
        raise NotFound(NO_ROOM)
    return found[0]


def unread_messages() -> Case:
    """Annotate memberships with the number of unread messages, without deleted messages and the member's own.

    Seqs have no gaps, so instead of the unread messages it counts the ones to subtract, which are few for active users.
    """
    above = F("room__last_seq") - F("read_seq")
    return _zero_if_all_read(above - _count_above_marker(_MESSAGE, _OWN) - _count_above_marker(_MESSAGE, _DELETED))


def unread_mentions() -> Case:
    """Annotate memberships with the number of unread messages that mention the member."""
    return _zero_if_all_read(_count_above_marker(_MENTION, _MENTIONS_MEMBER))


def _count_above_marker(table: str, condition: str) -> RawSQL:
    """Count the rows of a table above a membership's read marker, up to MAX_COUNTED."""
    # In SQL because it runs every second for the readers of a busy room: the ORM would take as long to compile it as
    # the database to answer it for hundreds of them.
    rows = f"SELECT 1 FROM {table} x WHERE {_ABOVE_MARKER} AND {condition} LIMIT {MAX_COUNTED}"
    return RawSQL(f"SELECT COUNT(*) FROM ({rows}) counted", (), output_field=IntegerField())


def _zero_if_all_read(count: Combinable) -> Case:
    """Skip the count for members who have read everything, as most have."""
    return Case(When(read_seq__lt=F("room__last_seq"), then=count), default=0, output_field=IntegerField())


def first_unread(membership: Membership) -> tuple[int | None, int]:
    """Return the seq of a member's first unread message, None if there is none, and the number of unread messages."""
    found = _first_unread.values(membership.pk)
    return (found[0][0], found[0][1]) if found else (None, 0)


def _first_unread_columns(membership_id: int) -> QuerySet[Membership, tuple[Any, ...]]:
    unread = f"x.deleted_at IS NULL AND {_OF_OTHERS}"
    sql = f"SELECT x.seq FROM {_MESSAGE} x WHERE {_ABOVE_MARKER} AND {unread} ORDER BY x.seq LIMIT 1"
    first = RawSQL(sql, (), output_field=IntegerField(null=True))
    return Membership.objects.filter(pk=membership_id).values_list(first, unread_messages())


_first_unread = PreparedQuery(_first_unread_columns)


def _columns(memberships: QuerySet[Membership]) -> QuerySet[Membership, tuple[Any, ...]]:
    """The columns of `Unread` for each membership, with the room's own title."""
    return memberships.order_by("room__name", "user_id").values_list(
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
        "level",
        "muted",
        "favourite",
        "section_id",
        "room__version",
    )


_columns_of_user = PreparedQuery(lambda user_id: _columns(Membership.objects.filter(user=user_id)))


def _with_titles(columns: Iterable[Sequence[Any]]) -> list[Unread]:
    """`Unread` for each row of `_columns`; a direct room has the title that its member sees."""
    rows = list(columns)
    direct = {row[1] for row in rows if row[4] == Room.Kind.DIRECT}
    members = direct_members(direct) if direct else {}
    found = []
    for user_id, room_id, name, title, kind, last_seq, read_seq, hidden_seq, unread, mentions, *chosen in rows:
        shown, face = title or name, NO_FACE
        if kind == Room.Kind.DIRECT:
            people = members.get(room_id, [])
            shown, face = _direct_title(user_id, people), face_for(user_id, people)
        level, muted, favourite, section_id, version = chosen
        found.append(
            Unread(
                user_id=user_id,
                room_id=room_id,
                room_name=name,
                title=shown,
                kind=kind,
                avatar=face.avatar,
                other_id=face.user_id,
                others=face.others,
                last_seq=last_seq,
                read_seq=read_seq,
                unread=unread,
                mentions=mentions,
                hidden_seq=hidden_seq,
                level=level,
                muted=muted,
                favourite=favourite,
                section_id=section_id,
                version=version,
            )
        )
    return found


def _direct_title(user_id: int, people: Sequence[User]) -> str:
    """Return a direct room's title for one of its members, in their language: this is for many people at once."""
    if title := title_for(user_id, "", people):
        return title
    chosen = next((user_language(person) for person in people if person.pk == user_id), None)
    with translation.override(chosen or translation.get_language()):
        return str(DIRECT_TITLE)
