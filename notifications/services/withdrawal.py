"""Changing and taking back what people were told: its text goes where the text that it came from goes.

A transaction calls one of these once, and does not post: a second call could lock topics against the order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from collections.abc import Set as AbstractSet

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from notifications.events import topic_stream
from notifications.models import Notification, Task, Topic
from notifications.services.topics import lock_topics
from rooms.models import Ban, Message, Room
from rooms.selectors.invitations import invited_among
from rooms.selectors.rooms import readers_among
from rooms.signals import MentionNotice

BATCH_SIZE = 500  # rows to a statement: SQLite bounds its parameters


@transaction.atomic
def mention_notifications_update(message: Message, notices: Callable[[], Sequence[MentionNotice]]) -> None:
    """Make the notifications about a locked message say what it says now; empty those of people it no longer mentions.

    `notices` is called only if somebody was notified of the message at all.
    """
    notified = _of(Notification.objects.filter(room=message.room_id, message_seq=message.seq))
    if not notified:
        return
    by_owner = {notice.user_id: notice for notice in notices()}
    kept = []
    for notification in notified:
        notice = by_owner.get(notification.topic.owner_id or 0)
        if notice is not None:
            notification.title, notification.body, notification.payload = notice.title, notice.body, notice.payload
            kept.append(notification)
    Notification.objects.bulk_update(kept, ["title", "body", "payload"], batch_size=BATCH_SIZE)
    _empty([notification for notification in notified if notification not in kept])
    _announce(notified)


@transaction.atomic
def task_notifications_rename(task: Task) -> None:
    """Have the notifications of a task, which is locked, name it as it is called now."""
    told = _of(Notification.objects.filter(task=task))
    for notification in told:
        what, _, _ = notification.title.partition(": ")
        notification.title = f"{what}: {task.title}"
    Notification.objects.bulk_update(told, ["title"], batch_size=BATCH_SIZE)
    _announce(told)


@transaction.atomic
def task_notifications_withdraw(task: Task) -> None:
    """Take back what was told of a task, which is locked."""
    _withdraw(_of(Notification.objects.filter(task=task)))


@transaction.atomic
def room_notifications_withdraw(room: Room) -> None:
    """Take back everything that was told of a room, which is locked."""
    _withdraw(_of(Notification.objects.filter(room=room)))


@transaction.atomic
def room_notifications_withdraw_from(room: Room, user_ids: Collection[int] | None) -> None:
    """Take back what those of these people, or of all, were told of a locked room which they may not read now.

    Of a room that is not open, named topics tell nothing either; of an open one, they tell it to all but the banned.
    """
    of_room = Notification.objects.filter(room=room)
    told = _of(of_room if user_ids is None else of_room.filter(topic__owner__in=user_ids))
    owners = {row.topic.owner_id for row in told if row.topic.owner_id is not None}
    may_know: set[int | None] = {*readers_among(room, owners), *invited_among(room, owners)}
    if room.kind == Room.Kind.OPEN:
        may_know.add(None)
    _withdraw([row for row in told if row.topic.owner_id not in may_know], _kept_from(room, user_ids))


def _kept_from(room: Room, user_ids: Collection[int] | None) -> set[int]:
    """The named topics that tell something of a room from which some of these people are banned."""
    if user_ids is None or not Ban.objects.filter(room=room, user__in=user_ids).exists():
        return set()
    named = Notification.objects.filter(room=room, topic__owner=None).order_by()
    return set(named.values_list("topic_id", flat=True).distinct())


def _of(rows: QuerySet[Notification]) -> list[Notification]:
    return list(rows.select_related("topic", "author").order_by("topic_id", "seq"))


def _withdraw(gone: Sequence[Notification], kept_from: AbstractSet[int] = frozenset()) -> None:
    _empty(gone)
    _announce(gone, kept_from)


def _empty(gone: Sequence[Notification]) -> None:
    """Make these tombstones."""
    nothing = {"title": "", "body": "", "payload": None, "deleted_at": timezone.now()}
    nowhere = {"room_id": None, "message_seq": None, "task_id": None}
    for notification in gone:
        for name, value in (nothing | nowhere).items():
            setattr(notification, name, value)
    for start in range(0, len(gone), BATCH_SIZE):
        ids = [notification.pk for notification in gone[start : start + BATCH_SIZE]]
        Notification.objects.filter(pk__in=ids).update(**nothing, **nowhere)


def _announce(changed: Sequence[Notification], kept_from: AbstractSet[int] = frozenset()) -> None:
    """Give changed notifications the next versions of their topics, and announce each topic once.

    So are the topics of which nothing changed but who may read what in them.
    """
    topics = lock_topics({notification.topic_id for notification in changed} | kept_from)
    by_topic: defaultdict[int, list[Notification]] = defaultdict(list)
    for notification in changed:
        if (topic := topics.get(notification.topic_id)) is not None:
            by_topic[topic.pk].append(notification)
    by_count: defaultdict[int, list[int]] = defaultdict(list)
    for topic_id, several in by_topic.items():
        topic = topics[topic_id]
        after = topic.version
        for notification in several:
            topic.version += 1
            notification.topic, notification.version = topic, topic.version
        by_count[len(several)].append(topic_id)
        topic_stream.announce_rows(topic, after, several, rewritten=True)
    for topic_id in (kept_from & topics.keys()) - by_topic.keys():
        topics[topic_id].version += 1
        topics[topic_id].save(update_fields=["version"])
        topic_stream.announce_change(topics[topic_id], rewritten=True)
    numbered = [notification for several in by_topic.values() for notification in several]
    Notification.objects.bulk_update(numbered, ["version"], batch_size=BATCH_SIZE)
    for count, topic_ids in by_count.items():
        Topic.objects.filter(pk__in=topic_ids).update(version=F("version") + count)
