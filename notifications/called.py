"""Telling people on their own topics that they were mentioned or answered."""

from __future__ import annotations

from collections.abc import Sequence

from notifications.services import NewNotification, notifications_post
from notifications.services.topics import personal_topic_ids
from rooms.hooks import Call


def tell_called(calls: Sequence[Call]) -> None:
    """One notification for each call, in a number of queries that does not grow with them. For `hooks.on_called`."""
    topic_ids = personal_topic_ids({call.user_id for call in calls})
    notifications_post(
        [NewNotification(topic_ids[call.user_id], call.title, call.body, call.payload, call.by) for call in calls]
    )
