"""The wire form of a notification, a topic and a task: the same for REST, history and live delivery."""

from __future__ import annotations

from typing import Any

import orjson

from notifications.models import Notification, Task, Topic
from rooms.models import User
from rooms.wire import timestamp


def notification_wire(notification: Notification) -> dict[str, Any]:
    """What every subscriber gets. Reads `notification.topic`, its owner and `notification.author`: load them along."""
    wire: dict[str, Any] = {
        "topic": notification.topic.shown_name,
        "seq": notification.seq,
        "version": notification.version,
        "title": notification.title,
        "body": notification.body,
        "payload": notification.payload,
        "created_at": timestamp(notification.created_at),
    }
    if notification.author:
        wire["user_name"] = notification.author.username
    if notification.deleted_at:
        wire["deleted"] = True
    return wire


def notification_bytes(notification: Notification) -> bytes:
    """`notification_wire` as JSON: encoded once, then spliced into every frame that carries it."""
    return orjson.dumps(notification_wire(notification))


def notification_size(notification: Notification) -> int:
    """How many bytes it takes in a page."""
    return len(notification_bytes(notification))


def topic_properties(topic: Topic) -> dict[str, Any]:
    """What of a topic changes only when somebody changes the topic itself."""
    return {
        "name": topic.shown_name,
        "title": topic.title,
        "description": topic.description,
        "subscribers": topic.subscribers,
        "publishers": topic.publishers,
        "created_at": timestamp(topic.created_at),
    }


def topic_wire(topic: Topic) -> dict[str, Any]:
    """What a subscriber gets of a topic itself, with how far it has come."""
    return topic_properties(topic) | {"version": topic.version, "last_seq": topic.last_seq}


def task_wire(task: Task) -> dict[str, Any]:
    """What everybody who may read a task gets. Reads its people, room and message: load them along."""
    return {
        "id": task.pk,
        "title": task.title,
        "description": task.description,
        "state": task.state,
        "room_name": task.room.name if task.room else None,
        "seq": task.message.seq if task.message else None,
        "created_by": _name(task.created_by),
        "assignee": _name(task.assignee),
        "created_at": timestamp(task.created_at),
        "completed_at": timestamp(task.completed_at) if task.completed_at else None,
        "completed_by": _name(task.completed_by),
    }


def _name(user: User | None) -> str | None:
    return user.username if user else None
