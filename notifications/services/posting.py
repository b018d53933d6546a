"""The one place that creates notifications: published ones and those about tasks alike."""

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

from notifications.events import topic_stream
from notifications.models import Notification, Topic
from notifications.selectors import NO_TOPIC, may_publish, may_subscribe
from notifications.services.topics import lock_topics, personal_topic_ids
from rooms.errors import InvalidField, MissingField, NotFound, TooLarge
from rooms.models import Room, User
from rooms.services.text_rules import check_storable

MAX_TITLE_LENGTH = 200  # characters
MAX_BODY_LENGTH = 8000  # characters
MAX_PAYLOAD_BYTES = 16 * 1024
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # as JSON spells it


@dataclass(frozen=True, slots=True)
class NewNotification:
    """What subscribers of a topic are to be told."""

    topic_id: int
    title: str
    body: str = ""
    payload: dict[str, Any] | None = None
    author: User | None = None
    # Where the text comes from: with it, it goes.
    room_id: int | None = None
    message_seq: int | None = None
    task_id: int | None = None


def check_title(title: object) -> str:
    """The title of a notification or task, if it is one. Raises MissingField, InvalidField."""
    if title is None:
        raise MissingField("title not in message dict")
    if not isinstance(title, str):
        raise InvalidField("title must be a string.")
    if not title.strip():
        raise InvalidField("A title can't be empty.")
    if len(title) > MAX_TITLE_LENGTH:
        raise InvalidField(f"title: Use at most {MAX_TITLE_LENGTH} characters; this one has {len(title)}.")
    check_storable(title, "title")
    return title


def check_body(body: object, field: str = "body") -> str:
    """The text below a title; None is none. Raises InvalidField, TooLarge."""
    if body is None:
        return ""
    if not isinstance(body, str):
        raise InvalidField(f"{field} must be a string.")
    if len(body) > MAX_BODY_LENGTH:
        raise TooLarge(f"{field}: Use at most {MAX_BODY_LENGTH} characters; this one has {len(body)}.")
    check_storable(body, field)
    return body


def check_payload(payload: object) -> dict[str, Any] | None:
    """What a notification holds for programs, as it will be stored. Raises InvalidField, TooLarge."""
    if payload is None:
        return None
    if not isinstance(payload, dict):
        raise InvalidField("payload must be a JSON object.")
    try:
        encoded = orjson.dumps(payload)
    except TypeError as error:
        raise InvalidField("payload: Contains a value that JSON can't represent.") from error
    if len(encoded) > MAX_PAYLOAD_BYTES:
        raise TooLarge(f"payload: Use at most {MAX_PAYLOAD_BYTES} bytes of JSON; this one has {len(encoded)}.")
    if NUL.search(encoded):
        raise InvalidField("payload: Contains a character that can't be stored.")
    stored: dict[str, Any] = orjson.loads(encoded)
    return stored


@transaction.atomic
def notifications_post(batch: Sequence[NewNotification]) -> list[Notification]:
    """Commit notifications, numbered in the order given, and announce each topic once.

    Texts and payloads must have passed their checks, and rights have been looked at. What is for a topic deleted
    meanwhile is left out. A transaction calls this once: a second call could lock topics against the order.
    """
    topics = lock_topics({new.topic_id for new in batch})
    after = {topic.pk: topic.version for topic in topics.values()}
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
            title=new.title,
            body=new.body,
            payload=new.payload,
            author=new.author,
            created_at=now,
            room_id=new.room_id,
            message_seq=new.message_seq,
            task_id=new.task_id,
        )
        created[topic.pk].append(notification)
    notifications = [notification for several in created.values() for notification in several]
    Notification.objects.bulk_create(notifications)
    by_count: defaultdict[int, list[int]] = defaultdict(list)
    for topic_id, several in created.items():
        by_count[len(several)].append(topic_id)
        topic_stream.announce_rows(topics[topic_id], after[topic_id], several)
    for count, topic_ids in by_count.items():
        Topic.objects.filter(pk__in=topic_ids).update(version=F("version") + count, last_seq=F("last_seq") + count)
    return notifications


@transaction.atomic
def notification_publish(
    *, by: User, topic: Topic, title: object, body: object = "", payload: object = None
) -> Notification:
    """Publish one notification and announce it.

    Raises:
        MissingField, InvalidField, TooLarge: title, body or payload won't do.
        NotFound: the person may not publish here; who may not even read the topic is told that there is none.
    """
    new = NewNotification(topic.pk, check_title(title), check_body(body), check_payload(payload), author=by)
    locked = lock_topics([topic.pk]).get(topic.pk)  # rights are taken away wholly before or wholly after
    if locked is None:
        raise NotFound(NO_TOPIC)
    if not may_publish(by, locked):
        readable = Topic.objects.filter(may_subscribe(by), pk=locked.pk).exists()
        raise NotFound("You can read this topic, but you can't publish on it." if readable else NO_TOPIC)
    return notifications_post([new])[0]


def notify_person(
    *,
    user: User,
    title: str,
    body: str = "",
    payload: dict[str, Any] | None = None,
    by: User | None = None,
    room: Room | None = None,
) -> None:
    """Tell one person something on their own topic; about a room, for as long as they may know of it."""
    notify_people(user_ids=[user.pk], title=title, body=body, payload=payload, by=by, room=room)


@transaction.atomic
def notify_people(
    *,
    user_ids: Collection[int],
    title: str,
    body: str = "",
    payload: dict[str, Any] | None = None,
    by: User | None = None,
    room: Room | None = None,
) -> None:
    """Tell people the same on each one's own topic, in a number of queries that does not grow with them."""
    topic_ids = personal_topic_ids(user_ids).values()
    room_id = room.pk if room else None
    notifications_post([NewNotification(topic_id, title, body, payload, by, room_id) for topic_id in topic_ids])
