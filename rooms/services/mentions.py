"""Whom messages call: the members that they name, and the author of the message that they answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower

from rooms.markdown import NOBODY, mentioned_in, names_in
from rooms.models import Membership, Mention, Message
from rooms.services.notifying import mentions_chore

MOST_NAMES = 1000  # to a query: databases bound its parameters
Text = tuple[int, str, Message | None]  # room id, content, and the message that it answers


class Callees:
    """The members whom some texts, each of a room, might call. One query if they might call anybody."""

    def __init__(self, texts: Iterable[Text]) -> None:
        self._names: defaultdict[int, dict[str, str]] = defaultdict(dict)  # by room and lower-case form
        self._ids: dict[tuple[int, str], int] = {}
        rooms: set[int] = set()
        wanted: set[str] = set()
        for room_id, content, original in texts:
            if "@" in content:
                wanted |= names_in(content)
                rooms.add(room_id)
            if original is not None and original.author is not None:
                wanted.add(original.author.username)
                rooms.add(room_id)
        names = list(wanted)
        for start in range(0, len(names), MOST_NAMES):
            self._find(rooms, names[start : start + MOST_NAMES])

    def _find(self, rooms: Collection[int], names: Sequence[str]) -> None:
        # As written, too: SQLite makes only ASCII letters small.
        meant = Q(user__username__in=names) | Q(name__in=[name.lower() for name in names])
        found = Membership.objects.annotate(name=Lower("user__username")).filter(
            meant, room__in=rooms, user__is_active=True
        )
        for room_id, user_id, user_name in found.order_by().values_list("room_id", "user_id", "user__username"):
            self._names[room_id][user_name.lower()] = user_name
            self._ids[room_id, user_name] = user_id

    def __bool__(self) -> bool:
        return bool(self._ids)

    def names(self, room_id: int) -> Mapping[str, str]:
        """The user names in a room, by their lower-case forms."""
        return self._names.get(room_id, NOBODY)

    def called_by(self, message: Message) -> dict[int, Mention.Kind]:
        """Whom a message, rendered with these names, calls, and how: by user id, without its author."""
        called: dict[int, Mention.Kind] = {}
        original = message.original
        if original is not None and original.author is not None:
            self._call(called, message.room_id, original.author.username, Mention.Kind.REPLY)
        for user_name in mentioned_in(message.html):
            self._call(called, message.room_id, user_name, Mention.Kind.NAMED)
        if message.author_id is not None:
            called.pop(message.author_id, None)
        return called

    def _call(self, called: dict[int, Mention.Kind], room_id: int, user_name: str, kind: Mention.Kind) -> None:
        user_id = self._ids.get((room_id, user_name))
        if user_id is not None:
            called[user_id] = kind


def note_mentions(messages: Iterable[Message], callees: Callees) -> None:
    """Write down whom new messages call."""
    if not callees:
        return
    rows = [row for message in messages for row in _rows(message, callees.called_by(message))]
    if rows:
        Mention.objects.bulk_create(rows)
        transaction.on_commit(mentions_chore.soon, robust=True)


def renew_mentions(message: Message, callees: Callees) -> None:
    """Write down whom an edited message calls now. Whom it called before and still calls is not notified again."""
    called = callees.called_by(message)
    # Locked: nobody is notified meanwhile of what it said.
    before = {row.user_id: row for row in message.mentions.select_for_update(no_key=True).order_by("pk")}
    Mention.objects.filter(message=message, user__in=before.keys() - called.keys()).delete()
    for user_id in before.keys() & called.keys():
        if before[user_id].kind != called[user_id]:
            Mention.objects.filter(pk=before[user_id].pk).update(kind=called[user_id])
    rows = _rows(message, {user_id: kind for user_id, kind in called.items() if user_id not in before})
    Mention.objects.bulk_create(rows)
    if rows or any(before[user_id].pending for user_id in before.keys() & called.keys()):  # it has changed: wait anew
        transaction.on_commit(mentions_chore.soon, robust=True)


def _rows(message: Message, called: Mapping[int, Mention.Kind]) -> list[Mention]:
    return [
        Mention(message_id=message.pk, user_id=user_id, kind=kind, room_id=message.room_id, seq=message.seq)
        for user_id, kind in called.items()
    ]
