"""Whom messages call: the members that they name, and the author of the message that they answer. And which rooms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice

from django.db import transaction

from rooms.markdown import NOBODY, Member, mentioned_in, names_in, render_markdown, room_names_in
from rooms.models import Membership, Mention, Message, Room
from rooms.people.names import name_key
from rooms.selectors.blocks import blocked_pairs
from rooms.services.mention_notices import mentions_task

MAX_NAMES = 1000  # to a query: databases bound its parameters
MAX_NOTIFYING_EDITS = 5  # of one message
Place = tuple[int, int]  # ids of a room and of a person


class MentionCandidates:
    """The members whom some texts, each of a room, might name, and the rooms. A query for each if there may be any.

    Found before the rooms are locked, so that texts can be rendered by then. Who has left meanwhile is found out by
    `services.posting_sql.load_members`, under the lock.
    """

    def __init__(self, texts: Iterable[tuple[int, str]]) -> None:
        self._members: defaultdict[int, dict[str, Member]] = defaultdict(dict)  # by room and `name_key`
        rooms: set[int] = set()
        wanted: set[str] = set()
        rooms_named: set[str] = set()
        for room_id, content in texts:
            rooms_named |= room_names_in(content)
            if names := names_in(content):
                wanted |= {name_key(name) for name in names}
                rooms.add(room_id)
        keys = list(wanted)
        for start in range(0, len(keys), MAX_NAMES):
            self._find(rooms, keys[start : start + MAX_NAMES])
        # Only those that everybody may find: a link tells that its room is there.
        self._open_rooms = frozenset(_open_rooms(rooms_named)) if rooms_named else frozenset()

    def _find(self, rooms: Collection[int], keys: Sequence[str]) -> None:
        """Who is called by a name that they had before is meant, too."""
        found = Membership.objects.filter(user__names__key__in=keys, room__in=rooms, user__is_active=True).order_by()
        columns = ("room_id", "user_id", "user__username", "user__names__key", "user__names__spelling")
        for room_id, user_id, user_name, key, spelling in found.values_list(*columns):
            self._members[room_id][spelling or key] = Member(user_id, user_name)

    @property
    def user_ids(self) -> set[int]:
        """Who they are."""
        return {member.user_id for members in self._members.values() for member in members.values()}

    def render(self, room_id: int, content: str) -> str:
        """A text of a room as HTML, with mentions."""
        return render_markdown(content, self._members.get(room_id, NOBODY), self._open_rooms)

    def render_again(self, room_id: int, content: str, html: str, present: Collection[Place]) -> str:
        """What `render` gave, without mentions of those who are not among the members any more."""
        gone = {user_id for user_id in mentioned_in(html) if (room_id, user_id) not in present}
        if not gone:
            return html
        there = {key: member for key, member in self._members[room_id].items() if member.user_id not in gone}
        return render_markdown(content, there, self._open_rooms)

    def called_by(self, message: Message, present: Collection[Place]) -> dict[int, Mention.Kind]:
        """Whom a message, rendered with these names, calls, and how: by user id, without its author."""
        called: dict[int, Mention.Kind] = {}
        if message.original is not None and message.original.author_id is not None:
            called[message.original.author_id] = Mention.Kind.REPLY
        called |= dict.fromkeys(mentioned_in(message.html), Mention.Kind.NAMED)
        return {
            user_id: kind
            for user_id, kind in called.items()
            if (message.room_id, user_id) in present and user_id != message.author_id
        }


def _open_rooms(names: Collection[str]) -> set[str]:
    some = islice(sorted(names), MAX_NAMES)
    return set(Room.objects.filter(name__in=some, kind=Room.Kind.OPEN).order_by().values_list("name", flat=True))


def record_mentions(messages: Iterable[Message], candidates: MentionCandidates, present: Collection[Place]) -> None:
    """Write down which of the members who are `present` new messages call."""
    rows = _wanted([row for message in messages for row in _rows(message, candidates.called_by(message, present))])
    if rows:
        Mention.objects.bulk_create(rows)
        transaction.on_commit(mentions_task.run_soon, robust=True)


def update_mentions(message: Message, candidates: MentionCandidates, present: Collection[Place]) -> None:
    """Write down whom an edited message calls now. Whom it called before and still calls is not notified again.

    Of a message that is edited over and over nobody more is notified.
    """
    called = candidates.called_by(message, present)
    # Locked: nobody is notified meanwhile of what it said.
    before = {row.user_id: row for row in message.mentions.select_for_update(no_key=True).order_by("pk")}
    Mention.objects.filter(message=message, user__in=before.keys() - called.keys()).delete()
    for user_id in before.keys() & called.keys():
        if before[user_id].kind != called[user_id]:
            Mention.objects.filter(pk=before[user_id].pk).update(kind=called[user_id])
    rows = _wanted(_rows(message, {user_id: kind for user_id, kind in called.items() if user_id not in before}))
    if rows and message.revisions.count() > MAX_NOTIFYING_EDITS:
        for row in rows:
            row.pending = False
    Mention.objects.bulk_create(rows)
    if rows or any(before[user_id].pending for user_id in before.keys() & called.keys()):  # it has changed: wait anew
        transaction.on_commit(mentions_task.run_soon, robust=True)


def _rows(message: Message, called: Mapping[int, Mention.Kind]) -> list[Mention]:
    return [
        Mention(message=message, user_id=user_id, kind=kind, room_id=message.room_id, seq=message.seq)
        for user_id, kind in called.items()
    ]


def _wanted(rows: list[Mention]) -> list[Mention]:
    """Without those of people who want nothing from the author. A query only if somebody is called."""
    authors = {row.message.author_id for row in rows if row.message.author_id is not None}
    blocked = blocked_pairs({row.user_id for row in rows}, authors) if authors else set()
    return [row for row in rows if (row.user_id, row.message.author_id) not in blocked] if blocked else rows
