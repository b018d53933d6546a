"""Find the members and rooms that messages mention, and record the mentions.

A reply counts as a mention of the author that it replies to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice

from django.db import transaction

from rooms.markdown import (
    EVERYBODY,
    NOBODY,
    Member,
    mentioned_user_ids,
    possible_mentions,
    render_markdown,
    room_mention_in,
    room_names_in,
)
from rooms.models import Membership, Mention, Message, Room
from rooms.people.names import NAMES_OF_EVERYBODY, name_key
from rooms.selectors.blocks import blocked_pairs
from rooms.selectors.room_mentions import room_mentioners
from rooms.services.mention_notices import mentions_task
from rooms.services.room_mentions import room_mention_hold, room_mentions_record

MAX_NAMES = 1000  # in one query: databases limit the number of parameters
MAX_NOTIFYING_EDITS = 5  # of one message; later edits notify nobody
RoomUser = tuple[int, int]  # ids of a room and of a user


class MentionCandidates:
    """The members and rooms that a batch of texts might mention. A text has the id of its room and of its author.

    Takes one query for members, one for rooms, and one for who may mention everybody in a room, each only if the texts
    contain possible mentions. The candidates are loaded before the rooms are locked, so that texts can be rendered by
    then; `posting_sql.load_members` and `room_mentioners` find out under the lock what has changed since.
    """

    def __init__(self, texts: Iterable[tuple[int, int | None, str]]) -> None:
        self._members: defaultdict[int, dict[str, Member]] = defaultdict(dict)  # by room and `name_key`
        rooms: set[int] = set()
        keys: set[str] = set()
        rooms_named: set[str] = set()
        to_everybody: set[RoomUser] = set()
        for room_id, author_id, content in texts:
            rooms_named |= room_names_in(content)
            if names := possible_mentions(content):
                keys_here = {name_key(name) for name in names}
                keys |= keys_here
                rooms.add(room_id)
                if author_id is not None and not keys_here.isdisjoint(NAMES_OF_EVERYBODY):
                    to_everybody.add((room_id, author_id))
        # Who may mention everybody where, of those who might have done so.
        self.room_mentioners = room_mentioners(to_everybody)
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

    def render(self, room_id: int, author_id: int | None, content: str) -> str:
        """Render a text of a room as HTML, with mentions."""
        return self._render(room_id, content, everybody=(room_id, author_id) in self.room_mentioners)

    def render_again(
        self,
        room_id: int,
        author_id: int | None,
        content: str,
        html: str,
        present: Collection[RoomUser],
        mentioners: Collection[RoomUser],
    ) -> str:
        """Return the HTML from `render` with mentions only of `present` members, and of everybody by `mentioners`."""
        gone = {user_id for user_id in mentioned_user_ids(html) if (room_id, user_id) not in present}
        everybody = (room_id, author_id) in mentioners
        if not gone and (everybody or room_mention_in(html) is None):
            return html
        return self._render(room_id, content, gone, everybody=everybody)

    def _render(self, room_id: int, content: str, gone: Collection[int] = (), *, everybody: bool) -> str:
        members: Mapping[str, Member] = self._members.get(room_id, NOBODY)
        if gone:
            members = {key: member for key, member in members.items() if member.user_id not in gone}
        if everybody:
            members = {**EVERYBODY, **members}  # somebody may have had such a name before it was reserved
        return render_markdown(content, members, self._open_rooms)

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


def record_mentions(messages: Sequence[Message], candidates: MentionCandidates, present: Collection[RoomUser]) -> None:
    """Record which of the `present` members new messages mention, and which messages mention everybody."""
    rows = _without_blocked(
        [row for message in messages for row in _rows(message, candidates.mentioned_by(message, present))]
    )
    if rows:
        Mention.objects.bulk_create(rows)
        transaction.on_commit(mentions_task.run_soon, robust=True)
    if candidates.room_mentioners:
        room_mentions_record(messages)


def update_mentions(
    message: Message,
    candidates: MentionCandidates,
    present: Collection[RoomUser],
    room_mention_before: str | None,
) -> None:
    """Record which members an edited message mentions now. Members whom it already mentioned are not notified again.

    After MAX_NOTIFYING_EDITS edits of a message, nobody else is notified either. An edit never mentions everybody: it
    only withdraws such a mention, or keeps it if it is the one that the message had before.
    """
    mentioned = candidates.mentioned_by(message, present)
    room_mention = room_mention_in(message.html)
    if room_mention_before is not None:
        room_mention_hold(message, withdraw=room_mention != room_mention_before)
    # Locked, so that nobody is notified of the old text in the meantime.
    before = {row.user_id: row for row in message.mentions.select_for_update(no_key=True).order_by("pk")}
    if room_mention is not None and room_mention == room_mention_before:
        mentioned = dict.fromkeys(before, Mention.Kind(room_mention)) | mentioned
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
