"""Decides who hears of messages that mention nobody: members with the level "everything" who have not read them yet.

`Room.news_at` marks the rooms with messages for which that is not decided yet. Every server process decides it, so that
none is forgotten when a process is killed; each message is decided exactly once, in the transaction that notifies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone

from chatproject.realtime.background.periodic import PeriodicTask
from rooms import signals
from rooms.models import Membership, Mention, Message, Room, RoomMention
from rooms.selectors.blocks import blocked_pairs
from rooms.selectors.levels import everything_members
from rooms.signals import RoomNews

GRACE = timedelta(seconds=3)  # for people who are reading the room to send their read marker
SWEEP_SECONDS = 10  # how often each process looks for what another process has left
MAX_ROOMS, MAX_MESSAGES = 50, 500  # at once; of older messages nobody hears


def room_news_decide() -> None:
    """Decide who hears of messages that were written GRACE ago."""
    while ids := list(_due().order_by("news_at").values_list("pk", flat=True)[:MAX_ROOMS]):
        if not sum(_decide(room_id) for room_id in ids):
            return  # others are at work on them


room_news_task = PeriodicTask(room_news_decide, interval=SWEEP_SECONDS, delay=GRACE.total_seconds() + 0.1)


def room_listen(room: Room) -> None:
    """From now on, let members of a room hear of every message, if that is their level."""
    Room.objects.filter(pk=room.pk, listened=False).update(listened=True, heard_seq=F("last_seq"))


def _due() -> QuerySet[Room]:
    # Not before it is known whom its messages mention.
    unknown = RoomMention.objects.filter(message__room=OuterRef("pk"))
    return Room.objects.filter(~Exists(unknown), news_at__lte=timezone.now() - GRACE)


@transaction.atomic
def _decide(room_id: int) -> bool:
    """Decide for the messages of one room, unless another process does. Returns whether it was decided here."""
    # The lock keeps new messages out, and changes of those that are read here.
    room = _due().select_for_update(skip_locked=True, no_key=True).filter(pk=room_id).first()
    if room is None:
        return False
    written = Message.objects.filter(room=room, seq__gt=max(room.heard_seq, room.last_seq - MAX_MESSAGES))
    messages = list(written.order_by("seq").values_list("seq", "author_id", "created_at", "deleted_at"))
    young = [(seq, at) for seq, _, at, _ in messages if at > timezone.now() - GRACE]
    heard_seq, room.news_at = (young[0][0] - 1, young[0][1]) if young else (room.last_seq, None)
    present = [(seq, author_id) for seq, author_id, _, deleted_at in messages if seq <= heard_seq and not deleted_at]
    if news := _news(room, present):
        signals.messages_unread.send(Room, news=news)
    room.heard_seq = heard_seq
    room.listened = room.kind == Room.Kind.DIRECT or room.memberships.filter(level=Membership.Level.EVERYTHING).exists()
    if room.news_at is not None:
        transaction.on_commit(room_news_task.run_soon, robust=True)
    room.save(update_fields=["heard_seq", "listened", "news_at"])
    return True


def _news(room: Room, messages: Sequence[tuple[int, int | None]]) -> list[RoomNews]:
    """Return for each member who wants to hear of one of the messages, given as seq and author, the newest such."""
    if not messages:
        return []
    members = everything_members([room.pk]).filter(read_seq__lt=messages[-1][0])
    read = {user_id: read_seq for _, user_id, read_seq in members}
    if not read:
        return []
    blocked = blocked_pairs(read, {author_id for _, author_id in messages if author_id is not None})
    mentioned: defaultdict[int, set[int]] = defaultdict(set)
    mentions = Mention.objects.filter(room=room, user__in=read, seq__gte=messages[0][0])
    for user_id, seq in mentions.order_by().values_list("user_id", "seq"):
        mentioned[user_id].add(seq)
    news = []
    for user_id, read_seq in read.items():
        seqs = [
            seq
            for seq, author_id in messages
            if seq > read_seq
            and author_id != user_id
            and (user_id, author_id) not in blocked
            and seq not in mentioned[user_id]
        ]
        if seqs:
            news.append(RoomNews(user_id, room.pk, seqs[-1]))
    return news
