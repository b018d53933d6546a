"""Find the members and rooms that messages mention, and record the mentions.

A reply counts as a mention of the author that it replies to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice

from django.db import transaction

from rooms.markdown import NOBODY, Member, mentioned_user_ids, possible_mentions, render_markdown, room_names_in
from rooms.models import Membership, Mention, Message, Room
from rooms.people.names import name_key
from rooms.selectors.blocks import blocked_pairs
from rooms.services.mention_notices import mentions_task

MAX_NAMES = 1000  # in one query: databases limit the number of parameters
MAX_NOTIFYING_EDITS = 5  # of one message; later edits notify nobody
RoomUser = tuple[int, int]  # ids of a room and of a user


class MentionCandidates:
    """The members and rooms that a batch of texts might mention.

    Takes one query for members and one for rooms, each only if the texts contain possible mentions. The candidates are
    loaded before the rooms are locked, so that texts can be rendered by then; `posting_sql.load_members` finds out
    under the lock who has left since.
    """

    def __init__(self, texts: Iterable[tuple[int, str]]) -> None:
        self._members: defaultdict[int, dict[str, Member]] = defaultdict(dict)  # by room and `name_key`
        rooms: set[int] = set()
        keys: set[str] = set()
        rooms_named: set[str] = set()
        for room_id, content in texts:
            rooms_named |= room_names_in(content)
            if names := possible_mentions(content):
                keys |= {name_key(name) for name in names}
                rooms.add(room_id)
        key_list = list(keys)
        for start in range(0, len(key_list), MAX_NAMES):
            self._find(rooms, key_list[start : start + MAX_NAMES])
        # Only rooms that everyone may find: a link reveals that its room exists.
        self._open_rooms = frozenset(_open_rooms(rooms_named)) if rooms_named else frozenset()

    def _find(self, rooms: Collection[int], keys: Sequence[str]) -> None:
        """Find members by their usernames, past ones included."""
        found = Membership.objects.filter(user__names__key__in=keys, room__in=rooms, user__is_active=True).order_by()
        columns = ("room_id", "user_id", "user__username", "user__names__key", "user__names__spelling")
        for room_id, user_id, user_name, key, spelling in found.values_list(*columns):
            self._members[room_id][spelling or key] = Member(user_id, user_name)

    @property
    def user_ids(self) -> set[int]:
        """The ids of all candidates."""
        return {member.user_id for members in self._members.values() for member in members.values()}

    def render(self, room_id: int, content: str) -> str:
        """Render a text of a room as HTML, with mentions."""
        return render_markdown(content, self._members.get(room_id, NOBODY), self._open_rooms)

    def render_again(self, room_id: int, content: str, html: str, present: Collection[RoomUser]) -> str:
        """Return the HTML from `render` without mentions of users who are not among the `present` members."""
        gone = {user_id for user_id in mentioned_user_ids(html) if (room_id, user_id) not in present}
        if not gone:
            return html
        remaining = {key: member for key, member in self._members[room_id].items() if member.user_id not in gone}
        return render_markdown(content, remaining, self._open_rooms)

    def mentioned_by(self, message: Message, present: Collection[RoomUser]) -> dict[int, Mention.Kind]:
        """Return the kind of mention of every member whom a rendered message mentions, by user id."""
        kinds: dict[int, Mention.Kind] = {}
        if message.original is not None and message.original.author_id is not None:
            kinds[message.original.author_id] = Mention.Kind.REPLY
        kinds |= dict.fromkeys(mentioned_user_ids(message.html), Mention.Kind.NAMED)
        return {
            user_id: kind
            for user_id, kind in kinds.items()
            if (message.room_id, user_id) in present and user_id != message.author_id
        }


def _open_rooms(names: Collection[str]) -> set[str]:
    limited = islice(sorted(names), MAX_NAMES)
    return set(Room.objects.filter(name__in=limited, kind=Room.Kind.OPEN).order_by().values_list("name", flat=True))


def record_mentions(messages: Iterable[Message], candidates: MentionCandidates, present: Collection[RoomUser]) -> None:
    """Record which of the `present` members new messages mention."""
    rows = _without_blocked(
        [row for message in messages for row in _rows(message, candidates.mentioned_by(message, present))]
    )
    if rows:
        Mention.objects.bulk_create(rows)
        transaction.on_commit(mentions_task.run_soon, robust=True)


def update_mentions(message: Message, candidates: MentionCandidates, present: Collection[RoomUser]) -> None:
    """Record which members an edited message mentions now. Members whom it already mentioned are not notified again.

    After MAX_NOTIFYING_EDITS edits of a message, nobody else is notified either.
    """
    mentioned = candidates.mentioned_by(message, present)
    # Locked, so that nobody is notified of the old text in the meantime.
    before = {row.user_id: row for row in message.mentions.select_for_update(no_key=True).order_by("pk")}
    Mention.objects.filter(message=message, user__in=before.keys() - mentioned.keys()).delete()
    for user_id in before.keys() & mentioned.keys():
        if before[user_id].kind != mentioned[user_id]:
            Mention.objects.filter(pk=before[user_id].pk).update(kind=mentioned[user_id])
    added = {user_id: kind for user_id, kind in mentioned.items() if user_id not in before}
    rows = _without_blocked(_rows(message, added))
    if rows and message.revisions.count() > MAX_NOTIFYING_EDITS:
        for row in rows:
            row.pending = False
    Mention.objects.bulk_create(rows)
    # The message has changed, so members get time to read it again.
    if rows or any(before[user_id].pending for user_id in before.keys() & mentioned.keys()):
        transaction.on_commit(mentions_task.run_soon, robust=True)


def _rows(message: Message, mentioned: Mapping[int, Mention.Kind]) -> list[Mention]:
    return [
        Mention(message=message, user_id=user_id, kind=kind, room_id=message.room_id, seq=message.seq)
        for user_id, kind in mentioned.items()
    ]


def _without_blocked(rows: list[Mention]) -> list[Mention]:
    """Leave out mentions of users who have blocked the author. Takes a query only if there are mentions."""
    authors = {row.message.author_id for row in rows if row.message.author_id is not None}
    blocked = blocked_pairs({row.user_id for row in rows}, authors) if authors else set()
    return [row for row in rows if (row.user_id, row.message.author_id) not in blocked] if blocked else rows
