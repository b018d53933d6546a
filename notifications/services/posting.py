"""Create notifications: the only place that does, whether they are published or about rooms and tasks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from notifications.events import topic_stream
from notifications.models import Notification, Topic
from notifications.selectors.topics import NO_TOPIC, may_publish, may_subscribe
from notifications.services.deliveries import News, deliveries_create
from notifications.services.topics import lock_topics, personal_topic_ids
from notifications.services.unread import announce_unread
from rooms.errors import InvalidField, MissingField, NotFound, TooLarge
from rooms.models import Room, User
from rooms.services.locking import check_not_muted
from rooms.services.text_rules import TOO_LONG, check_storable

MAX_TITLE_LENGTH = 200  # characters
MAX_BODY_LENGTH = 8000  # characters
MAX_PAYLOAD_BYTES = 16 * 1024
REMINDER = Notification.Kind.REMINDER
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # as written in JSON


@dataclass(frozen=True, slots=True)
class NewNotification:
    """A notification to post to a topic: with a title if it is published, with a kind if it is worded later.

    The payload of a kind has its parameters.
    """

    topic_id: int
    title: str = ""
    body: str = ""
    payload: dict[str, Any] | None = None
    author: User | None = None
    kind: str = ""
    # What the text is about: it is withdrawn together with that.
    room_id: int | None = None
    message_seq: int | None = None
    task_id: int | None = None


def check_title(title: object) -> str:
    """Return the title of a notification or task if it is valid. Raises MissingField or InvalidField."""
    if title is None:
        raise MissingField(_("%(field)s not in message dict"), {"field": "title"})
    if not isinstance(title, str):
        raise InvalidField(_("%(field)s must be a string."), {"field": "title"})
    if not title.strip():
        raise InvalidField(_("A title can't be empty."))
    if len(title) > MAX_TITLE_LENGTH:
        raise InvalidField(TOO_LONG, {"maximum": MAX_TITLE_LENGTH, "length": len(title)}, field="title")
    check_storable(title, "title")
    return title


def check_body(body: object, field: str = "body") -> str:
    """Return the text below a title if it is valid; empty for None. Raises InvalidField or TooLarge."""
    if body is None:
        return ""
    if not isinstance(body, str):
        raise InvalidField(_("%(field)s must be a string."), {"field": field})
    if len(body) > MAX_BODY_LENGTH:
        raise TooLarge(TOO_LONG, {"maximum": MAX_BODY_LENGTH, "length": len(body)}, field=field)
    check_storable(body, field)
    return body


def check_payload(payload: object) -> dict[str, Any] | None:
    """Return the payload of a notification as it will be stored, if it is valid. Raises InvalidField or TooLarge."""
    if payload is None:
        return None
    if not isinstance(payload, dict):
        raise InvalidField(_("%(field)s must be a JSON object."), {"field": "payload"})
    try:
        encoded = orjson.dumps(payload)
    except TypeError as error:
        raise InvalidField(_("Contains a value that JSON can't represent."), field="payload") from error
    if len(encoded) > MAX_PAYLOAD_BYTES:
        sentence = _("Use at most %(maximum)d bytes of JSON; this one has %(length)d.")
        raise TooLarge(sentence, {"maximum": MAX_PAYLOAD_BYTES, "length": len(encoded)}, field="payload")
    if NUL.search(encoded):
        raise InvalidField(_("Contains a character that can't be stored."), field="payload")
    stored: dict[str, Any] = orjson.loads(encoded)
    return stored


@transaction.atomic
def notifications_post(batch: Sequence[NewNotification]) -> list[Notification]:
    """Create notifications, numbered in the given order, and announce each topic once.

    Texts, payloads and permissions have been checked by the caller. Notifications for deleted topics are left out. Call
    it at most once in a transaction: a second call could lock topics in another order and deadlock.
    """
    topics = lock_topics({new.topic_id for new in batch})
    versions_before = {topic.pk: topic.version for topic in topics.values()}
    created: defaultdict[int, list[Notification]] = defaultdict(list)
    now = timezone.now()
    for new in batch:
        topic = topics.get(new.topic_id)
        if topic is None:
            continue
        topic.version += 1
        topic.last_seq += 1
        notification = Notification(
            topic=topic,
            seq=topic.last_seq,
            version=topic.version,
            kind=new.kind,
            title=new.title,
            body=new.body,
            payload={"kind": new.kind, **(new.payload or {})} if new.kind else new.payload,
            author=new.author,
            created_at=now,
            room_id=new.room_id,
            message_seq=new.message_seq,
            task_id=new.task_id,
            unread=_is_unread(topic, new),
        )
        created[topic.pk].append(notification)
    notifications = [notification for in_topic in created.values() for notification in in_topic]
    Notification.objects.bulk_create(notifications)
    by_count: defaultdict[int, list[int]] = defaultdict(list)
    for topic_id, in_topic in created.items():
        by_count[len(in_topic)].append(topic_id)
        topic_stream.announce_rows(topics[topic_id], versions_before[topic_id], in_topic)
    for count, topic_ids in by_count.items():
        Topic.objects.filter(pk__in=topic_ids).update(version=F("version") + count, last_seq=F("last_seq") + count)
    announce_unread(notification.topic.owner_id for notification in notifications if notification.unread)
    deliveries_create(
        [
            News(notification.topic.owner_id, notification)
            for notification in notifications
            if notification.topic.owner_id is not None and (notification.unread or notification.kind == REMINDER)
        ]
    )
    return notifications


def _is_unread(topic: Topic, new: NewNotification) -> bool:
    """Return whether a notification is new to the owner of a personal topic.

    What they did themselves is not. Reminders are counted with the saved messages, until they are done.
    """
    by_owner = new.author is not None and new.author.pk == topic.owner_id
    return topic.owner_id is not None and not by_owner and new.kind != REMINDER


@transaction.atomic
def notification_publish(
    *, by: User, topic: Topic, title: object, body: object = "", payload: object = None
) -> Notification:
    """Publish one notification and announce it.

    Raises:
        MissingField, InvalidField, TooLarge: the title, body or payload is not acceptable.
        NotFound: `by` may not publish to the topic. If they may not read it either, the message is as if it did not
            exist.
        Muted: `by` is muted everywhere.
    """
    new = NewNotification(topic.pk, check_title(title), check_body(body), check_payload(payload), author=by)
    locked = lock_topics([topic.pk]).get(topic.pk)  # changes of permissions take effect entirely before or after
    if locked is None:
        raise NotFound(NO_TOPIC)
    if not may_publish(by, locked):
        readable = Topic.objects.filter(may_subscribe(by), pk=locked.pk).exists()
        raise NotFound(_("You can read this topic, but you can't publish on it.") if readable else NO_TOPIC)
    check_not_muted(by.pk)
    return notifications_post([new])[0]


def notify_person(
    *,
    user: User,
    title: str = "",
    body: str = "",
    payload: dict[str, Any] | None = None,
    by: User | None = None,
    kind: str = "",
    room: Room | None = None,
) -> None:
    """Notify one user on their personal topic: with a title, or with a kind, whose parameters are the payload.

    With a `room`, it is withdrawn when they lose access to the room.
    """
    notify_people(user_ids=[user.pk], title=title, body=body, payload=payload, by=by, kind=kind, room=room)


@transaction.atomic
def notify_people(
    *,
    user_ids: Collection[int],
    title: str = "",
    body: str = "",
    payload: dict[str, Any] | None = None,
    by: User | None = None,
    kind: str = "",
    room: Room | None = None,
) -> None:
    """Send the same notification to the personal topics of several users, in a constant number of queries."""
    topic_ids = personal_topic_ids(user_ids).values()
    room_id = room.pk if room else None
    notifications_post([NewNotification(topic_id, title, body, payload, by, kind, room_id) for topic_id in topic_ids])
