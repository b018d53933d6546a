"""Whom to notify of mentions and replies: members who have not read along.

`Mention.pending` says what is undecided. Every server process decides, so that none is forgotten when one is killed;
each mention is decided once, in the transaction that notifies.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from chatproject.realtime.background.periodic import PeriodicTask
from rooms import signals
from rooms.models import Membership, Mention, Message, Room
from rooms.signals import MentionNotice
from rooms.wire import excerpt

GRACE_SECONDS = 3.0  # seconds in which who reads along says so
SWEEP_SECONDS = 45  # how often each process looks for what others have left undecided
MAX_BATCH = 200
VERBS = {Mention.Kind.NAMED: "mentioned you", Mention.Kind.REPLY: "replied to you"}
PAYLOAD_KINDS = {Mention.Kind.NAMED: "mention", Mention.Kind.REPLY: "reply"}


def mentions_notify() -> None:
    """Notify members who have not read a message that mentions them GRACE_SECONDS after it was written."""
    while _due_mentions().exists() and _notify_batch() == MAX_BATCH:
        pass


mentions_task = PeriodicTask(mentions_notify, every=SWEEP_SECONDS, after=GRACE_SECONDS + 0.1)


def _due_mentions() -> QuerySet[Mention]:
    said_at = Coalesce("message__edited_at", "message__created_at")
    ripe = timezone.now() - timedelta(seconds=GRACE_SECONDS)
    return Mention.objects.filter(pending=True).annotate(said_at=said_at).filter(said_at__lte=ripe)


@transaction.atomic
def _notify_batch() -> int:
    # Another process decides what it has locked. SQLite's transaction is the lock.
    free = _due_mentions().select_for_update(skip_locked=True, no_key=True, of=("self",))
    ids = list(free.order_by("pk").values_list("pk", flat=True)[:MAX_BATCH])
    # Read when they are locked: whoever changes a message, or who may read it, waits from here on.
    mentions = list(_with_related(Mention.objects.filter(pk__in=ids)))
    unread = _unread(mentions)
    Mention.objects.filter(pk__in=ids).update(pending=False)
    notices = [_notice(mention) for mention in mentions if mention.pk in unread]
    if notices:
        signals.mentions_unread.send(Mention, notices=notices)
    return len(ids)


def notices_for(message: Message) -> list[MentionNotice]:
    """What to tell the people whom a message mentions or replies to."""
    return [_notice(mention) for mention in _with_related(message.mentions.all())]


def wait_for_pending_mentions(room: Room, user_ids: Collection[int] | None = None) -> None:
    """Wait until it is decided of which mentions in a locked room these people, or all, are notified just now.

    What is decided later sees this transaction.
    """
    pending = Mention.objects.filter(room=room, pending=True)
    if user_ids is not None:
        pending = pending.filter(user__in=user_ids)
    list(pending.select_for_update(no_key=True).order_by("pk").values_list("pk"))


def _with_related(mentions: QuerySet[Mention]) -> QuerySet[Mention]:
    return mentions.select_related("message__author", "room").order_by("pk")


def _unread(mentions: Collection[Mention]) -> set[int]:
    """Which of the mentions are of people who belong to the room, have not left it, and have not read as far."""
    people = {mention.user_id for mention in mentions}
    rooms = {mention.room_id for mention in mentions}
    members = Membership.objects.filter(user__in=people, room__in=rooms, user__is_active=True)
    members = members.exclude(hidden_seq=Membership.FOR_GOOD)
    read = {(room_id, user_id): seq for room_id, user_id, seq in members.values_list("room_id", "user_id", "read_seq")}
    return {one.pk for one in mentions if read.get((one.room_id, one.user_id), one.seq) < one.seq}


def _notice(mention: Mention) -> MentionNotice:
    message, room = mention.message, mention.room
    kind = Mention.Kind(mention.kind)
    place = "" if room.kind == Room.Kind.DIRECT else f" in {room.shown_title}"
    return MentionNotice(
        user_id=mention.user_id,
        room_id=room.pk,
        seq=message.seq,
        title=f"{_author_name(message)} {VERBS[kind]}{place}",
        body=excerpt(message),
        by=message.author,
        payload={
            "kind": PAYLOAD_KINDS[kind],
            "room_name": room.name,
            "seq": message.seq,
            "user_name": message.author.username if message.author else message.user_name,
        },
    )


def _author_name(message: Message) -> str:
    return message.author.shown_name if message.author else message.user_name
