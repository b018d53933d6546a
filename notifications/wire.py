"""The wire form of notifications, topics and tasks: the same for the REST API, history and live delivery."""

from __future__ import annotations

from typing import Any

import orjson

from notifications.models import Notification, Task, Topic
from notifications.wording import body_of, language_of_user, title_of
from rooms.models import User
from rooms.wire import timestamp


def notification_wire(notification: Notification) -> dict[str, Any]:
    """Return the wire form of a notification, worded in the active language.

    Needs its topic, the topic's owner and its author to be loaded.
    """
    wire: dict[str, Any] = {
        "topic": notification.topic.shown_name,
        "seq": notification.seq,
        "version": notification.version,
        "title": title_of(notification),
        "body": body_of(notification),
        "payload": notification.payload,
        "created_at": timestamp(notification.created_at),
    }
    if notification.kind:
        wire["kind"] = notification.kind
    if notification.author:
        wire["user_name"] = notification.author.username
    if notification.deleted_at:
        wire["deleted"] = True
    return wire


def notification_bytes(notification: Notification) -> bytes:
    """Return `notification_wire` as JSON, in the language of the topic's only reader if it is a personal one.

    It is encoded once and then copied into every frame that contains it.
    """
    with language_of_user(notification.topic.owner):
        return orjson.dumps(notification_wire(notification))


def notification_size(notification: Notification) -> int:
    """Return the size of a notification on a page, in bytes."""
    return len(orjson.dumps(notification_wire(notification)))


def topic_properties(topic: Topic) -> dict[str, Any]:
    """Return the properties of a topic, which change only when the topic itself is changed."""
    return {
        "name": topic.shown_name,
        "title": topic.title,
        "description": topic.description,
        "subscribers": topic.subscribers,
        "publishers": topic.publishers,
        "created_at": timestamp(topic.created_at),
    }


def topic_wire(topic: Topic) -> dict[str, Any]:
    """Return the wire form of a topic: its properties and counters."""
    return topic_properties(topic) | {"version": topic.version, "last_seq": topic.last_seq}


def task_wire(task: Task) -> dict[str, Any]:
    """Return the wire form of a task. Needs its users, room and message to be loaded."""
    return {
        "id": task.pk,
        "title": task.title,
        "description": task.description,
        "state": task.state,
        "due_on": task.due_on.isoformat() if task.due_on else None,
        "room_name": task.room.name if task.room else None,
        "seq": task.message.seq if task.message else None,
        "created_by": _user_name(task.created_by),
        "assignee": _user_name(task.assignee),
        "created_at": timestamp(task.created_at),
        "completed_at": timestamp(task.completed_at) if task.completed_at else None,
        "completed_by": _user_name(task.completed_by),
    }


def _user_name(user: User | None) -> str | None:
    return user.username if user else None
