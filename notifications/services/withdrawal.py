"""Update and withdraw notifications when the message, task or room that they are about changes or is deleted.

In a transaction, call at most one of these functions, once, and don't post notifications: a second call could lock
topics in another order and deadlock.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import orjson
from django.db import transaction
from django.db.models import F, OuterRef, QuerySet
from django.utils import timezone

from notifications.events import topic_stream
from notifications.models import Notification, Task, Topic
from notifications.services.topics import lock_topics
from notifications.services.unread import announce_unread
from rooms.models import Ban, Message, Room, ScheduledMessage
from rooms.selectors.invitations import invited_among
from rooms.selectors.rooms import readers_among
from rooms.signals import MessageNotice

REMINDER = Notification.Kind.REMINDER
BATCH_SIZE = 500  # rows in one statement: SQLite limits its parameters


@transaction.atomic
def message_notifications_update(message: Message, notices: Callable[[set[int]], Sequence[MessageNotice]]) -> None:
    """Update the notifications about a locked message, and withdraw those that no longer apply.

    `notices` is only called if anyone was notified of the message: with the ids of those who were reminded of it. It
    returns what each user who was notified should read now.
    """
    notifications = _load(Notification.objects.filter(room=message.room_id, message_seq=message.seq))
    if not notifications:
        return
    reminded = {row.topic.owner_id or 0 for row in notifications if row.kind == REMINDER}
    by_owner = {(notice.user_id, notice.kind == REMINDER): notice for notice in notices(reminded)}
    saying: defaultdict[tuple[str, str, bytes], list[Notification]] = defaultdict(list)
    withdrawn = []
    for notification in notifications:
        notice = by_owner.get((notification.topic.owner_id or 0, notification.kind == REMINDER))
        if notice is None:
            withdrawn.append(notification)
            continue
        notification.kind, notification.title, notification.body = notice.kind, "", notice.body
        notification.payload = {"kind": notice.kind, **notice.parameters}
        saying[notice.kind, notice.body, orjson.dumps(notification.payload)].append(notification)
    # All who are mentioned in the same way are told the same: there may be thousands, but there are few ways.
    for (kind, body, _), alike in saying.items():
        _update(alike, kind=kind, title="", body=body, payload=alike[0].payload)
    _make_tombstones(withdrawn)
    _announce(notifications)


@transaction.atomic
def task_notifications_rename(task: Task) -> None:
    """Put the new title of a locked task into the notifications about it."""
    notifications = _load(Notification.objects.filter(task=task))
    for notification in notifications:
        notification.payload = {**(notification.payload or {}), "task_title": task.title}
    Notification.objects.bulk_update(notifications, ["payload"], batch_size=BATCH_SIZE)
    _announce(notifications)


@transaction.atomic
def task_notifications_withdraw(task: Task) -> None:
    """Withdraw all notifications about a locked task."""
    _withdraw(_load(Notification.objects.filter(task=task)))


@transaction.atomic
def scheduled_notifications_withdraw(scheduled: ScheduledMessage) -> None:
    """Withdraw all notifications about a locked scheduled message."""
    own = Notification.objects.filter(topic__owner=scheduled.author_id, kind=Notification.Kind.SCHEDULED_FAILED)
    _withdraw(_load(own.filter(payload__scheduled_id=scheduled.pk)))


@transaction.atomic
def room_notifications_withdraw(room: Room) -> None:
    """Withdraw all notifications about a locked room."""
    _withdraw(_load(Notification.objects.filter(room=room)))


@transaction.atomic
def room_notifications_withdraw_from(room: Room, user_ids: Collection[int] | None) -> None:
    """Withdraw notifications about a locked room from those of these users who may not read it; None means all users.

    With None, notifications on named topics about a room that is not open are withdrawn, too. Those about an open room
    stay, hidden from banned users.
    """
    about_room = Notification.objects.filter(room=room)
    notifications = _load(about_room if user_ids is None else about_room.filter(topic__owner__in=user_ids))
    owners = {row.topic.owner_id for row in notifications if row.topic.owner_id is not None}
    allowed_owners: set[int | None] = {*readers_among(room, owners), *invited_among(room, owners)}
    if room.kind == Room.Kind.OPEN:
        allowed_owners.add(None)
    _withdraw(
        [row for row in notifications if row.topic.owner_id not in allowed_owners],
        _topics_hidden_from_banned(room, user_ids),
    )


def _topics_hidden_from_banned(room: Room, user_ids: Collection[int] | None) -> set[int]:
    """Return the named topics with notifications about a room from which some of these users are banned."""
    if user_ids is None or not Ban.objects.filter(room=room, user__in=user_ids).exists():
        return set()
    named = Notification.objects.filter(room=room, topic__owner=None).order_by()
    return set(named.values_list("topic_id", flat=True).distinct())


def _load(rows: QuerySet[Notification]) -> list[Notification]:
    return list(rows.select_related("topic", "author").order_by("topic_id", "seq"))


def _withdraw(notifications: Sequence[Notification], hidden_in: AbstractSet[int] = frozenset()) -> None:
    _make_tombstones(notifications)
    _announce(notifications, hidden_in)


def _make_tombstones(notifications: Sequence[Notification]) -> None:
    """Turn notifications into tombstones."""
    unread_by = {notification.topic.owner_id for notification in notifications if notification.unread}
    no_text = {"kind": "", "title": "", "body": "", "payload": None, "deleted_at": timezone.now(), "unread": False}
    no_source = {"room_id": None, "message_seq": None, "task_id": None}
    for notification in notifications:
        for name, value in (no_text | no_source).items():
            setattr(notification, name, value)
    _update(notifications, **no_text, **no_source)
    announce_unread(unread_by)


def _update(notifications: Sequence[Notification], **values: Any) -> None:
    for start in range(0, len(notifications), BATCH_SIZE):
        ids = [notification.pk for notification in notifications[start : start + BATCH_SIZE]]
        Notification.objects.filter(pk__in=ids).update(**values)


def _announce(changed: Sequence[Notification], hidden_in: AbstractSet[int] = frozenset()) -> None:
    """Give changed notifications the next versions of their topics, and announce each topic once.

    `hidden_in` are further topics to announce, in which it only changed who may read which notification.
    """
    topics = lock_topics({notification.topic_id for notification in changed} | hidden_in)
    by_topic: defaultdict[int, list[Notification]] = defaultdict(list)
    for notification in changed:
        if (topic := topics.get(notification.topic_id)) is not None:
            by_topic[topic.pk].append(notification)
    by_count: defaultdict[int, list[int]] = defaultdict(list)
    for topic_id, in_topic in by_topic.items():
        topic = topics[topic_id]
        version_before = topic.version
        for notification in in_topic:
            topic.version += 1
            notification.topic, notification.version = topic, topic.version
        by_count[len(in_topic)].append(topic_id)
        topic_stream.announce_rows(topic, version_before, in_topic, rewritten=True)
    for topic_id in (hidden_in & topics.keys()) - by_topic.keys():
        topics[topic_id].version += 1
        topics[topic_id].save(update_fields=["version"])
        topic_stream.announce_change(topics[topic_id], rewritten=True)
    for count, topic_ids in by_count.items():
        Topic.objects.filter(pk__in=topic_ids).update(version=F("version") + count)
    single = [in_topic[0] for in_topic in by_topic.values() if len(in_topic) == 1]  # nearly always all of them
    _update(single, version=Topic.objects.filter(pk=OuterRef("topic")).values("version"))
    others = [one for in_topic in by_topic.values() if len(in_topic) > 1 for one in in_topic]
    Notification.objects.bulk_update(others, ["version"], batch_size=BATCH_SIZE)
