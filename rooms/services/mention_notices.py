"""Decides who is notified of mentions and replies: members who have not read the message yet and want to be notified.

`Mention.pending` marks the mentions that are not decided yet. Every server process decides them, so that none is
forgotten when a process is killed; each is decided exactly once, in the transaction that notifies.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from chatproject.realtime.background.periodic import PeriodicTask
from rooms import signals
from rooms.models import Membership, Mention, Message, Room, RoomMention
from rooms.selectors.messages import load_names_of_files
from rooms.signals import MessageNotice
from rooms.wire import excerpt

GRACE_SECONDS = 3.0  # time for people who are reading the room to send their read marker
SWEEP_SECONDS = 45  # how often each process looks for mentions that another process left undecided
MAX_BATCH = 200
KINDS = {
    Mention.Kind.NAMED: "mention",
    Mention.Kind.REPLY: "reply",
    Mention.Kind.ROOM: "room_mention",
    Mention.Kind.HERE: "here_mention",
}


def mentions_notify() -> None:
    """Notify members who have not read a message that mentions them GRACE_SECONDS after it was written."""
    while _due_mentions().exists() and _notify_batch() == MAX_BATCH:
        pass


mentions_task = PeriodicTask(mentions_notify, interval=SWEEP_SECONDS, delay=GRACE_SECONDS + 0.1)


def _due_mentions() -> QuerySet[Mention]:
    written_at = Coalesce("message__edited_at", "message__created_at")
    latest = timezone.now() - timedelta(seconds=GRACE_SECONDS)
    return Mention.objects.filter(pending=True).annotate(written_at=written_at).filter(written_at__lte=latest)


@transaction.atomic
def _notify_batch() -> int:
    """Decide up to MAX_BATCH mentions and return how many were decided."""
    # Mentions locked by another process are decided there. On SQLite the transaction is the lock.
    unlocked = _due_mentions().select_for_update(skip_locked=True, no_key=True, of=("self",))
    ids = list(unlocked.order_by("pk").values_list("pk", flat=True)[:MAX_BATCH])
    # Read after locking: from here on, changes of a message and of who may read it wait for this transaction.
    mentions = _loaded(Mention.objects.filter(pk__in=ids))
    wanted = _wanted(mentions)
    Mention.objects.filter(pk__in=ids).update(pending=False)
    notices = [
        _notice(
            mention.user_id,
            Mention.Kind(mention.kind),
            mention.message,
            message_parameters(mention.message, mention.room),
            excerpt(mention.message),
        )
        for mention in mentions
        if mention.pk in wanted
    ]
    if notices:
        signals.mentions_unread.send(Mention, notices=notices)
    return len(ids)


def notices_for(message: Message) -> list[MessageNotice]:
    """Return the notices for everyone whom a message, loaded with what its wire form needs, mentions or replies to."""
    mentions = message.mentions.order_by("pk").values_list("user_id", "kind")
    parameters, text = message_parameters(message, message.room), excerpt(message)
    return [_notice(user_id, Mention.Kind(kind), message, parameters, text) for user_id, kind in mentions]


def wait_for_pending_mentions(room: Room, user_ids: Collection[int] | None = None) -> None:
    """Wait until running decisions about these users' mentions in a locked room, or everyone's, have committed.

    Later decisions see what this transaction changes.
    """
    # First those whose mentions are being written: they are decided soon.
    list(RoomMention.objects.select_for_update(no_key=True).filter(message__room=room).order_by("pk").values_list("pk"))
    pending = Mention.objects.filter(room=room, pending=True)
    if user_ids is not None:
        pending = pending.filter(user__in=user_ids)
    list(pending.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _loaded(mentions: QuerySet[Mention]) -> list[Mention]:
    found = list(mentions.select_related("message__author", "room").order_by("pk"))
    load_names_of_files([mention.message for mention in found])
    return found


def _wanted(mentions: Collection[Mention]) -> set[int]:
    """Return the ids of the mentions whose users are to hear of them.

    They are members, have not left the room or turned off its notifications, and have not read the message.
    """
    users = {mention.user_id for mention in mentions}
    rooms = {mention.room_id for mention in mentions}
    members = Membership.objects.filter(user__in=users, room__in=rooms, user__is_active=True)
    members = members.exclude(hidden_seq=Membership.UNTIL_REOPENED).exclude(level=Membership.Level.NOTHING)
    read = {(room_id, user_id): seq for room_id, user_id, seq in members.values_list("room_id", "user_id", "read_seq")}
    return {one.pk for one in mentions if read.get((one.room_id, one.user_id), one.seq) < one.seq}


def _notice(user_id: int, kind: Mention.Kind, message: Message, parameters: dict[str, Any], text: str) -> MessageNotice:
    return MessageNotice(
        user_id=user_id,
        room_id=message.room_id,
        seq=message.seq,
        kind=KINDS[kind],
        parameters=parameters,
        body=text,
        by=message.author,
    )


def message_parameters(message: Message, room: Room) -> dict[str, Any]:
    """Return what names a message in a notification: its place and author, as they are called now.

    `room_title` is left out for a direct room, which has none of its own.
    """
    place = {} if room.kind == Room.Kind.DIRECT else {"room_title": room.shown_title}
    return {
        "room_name": room.name,
        **place,
        "seq": message.seq,
        "user_name": message.author.username if message.author else message.user_name,
        "display_name": author_name(message),
    }


def author_name(message: Message) -> str:
    """Return the name under which the author of a message is shown."""
    return message.author.shown_name if message.author else message.user_name
