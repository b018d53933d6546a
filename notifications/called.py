"""Telling people on their own topics that they were mentioned or answered, in what the message says now."""

from __future__ import annotations

from collections.abc import Sequence

from notifications.services import NewNotification, called_retell, notifications_post
from notifications.services.topics import personal_topic_ids
from rooms.hooks import Call
from rooms.models import Message
from rooms.services import calls_of


def tell_called(calls: Sequence[Call]) -> None:
    """One notification for each call, in a number of queries that does not grow with them. For `hooks.on_called`."""
    topic_ids = personal_topic_ids({call.user_id for call in calls})
    notifications_post(
        [
            NewNotification(
                topic_ids[call.user_id],
                call.title,
                call.body,
                call.payload,
                call.by,
                room_id=call.room_id,
                message_seq=call.seq,
            )
            for call in calls
        ]
    )


def retell_called(message: Message) -> None:
    """Have those who were told of an edited or deleted message told what it says now. For `hooks.on_text_changed`."""
    called_retell(message, lambda: calls_of(message))
