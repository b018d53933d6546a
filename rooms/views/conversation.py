"""Messages as `rooms/_message.html` shows them. The page's script groups by the same rule (static/js/messages.js)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from rooms.models import Message, User
from rooms.wire import message_wire

GROUPED_WITHIN = timedelta(minutes=5)


class ShownMessage(NamedTuple):
    """One message and its place in the conversation. The reader's script turns the UTC days into local ones."""

    wire: dict[str, Any]
    message: Message
    own: bool
    grouped: bool
    new_day: bool


def shown_messages(messages: list[Message], reader: User) -> list[ShownMessage]:
    """The messages, oldest first, each knowing whether it continues the one before."""
    shown: list[ShownMessage] = []
    for message in messages:
        before = shown[-1].message if shown else None
        new_day = before is None or before.created_at.date() != message.created_at.date()
        shown.append(
            ShownMessage(
                wire=message_wire(message),
                message=message,
                own=message.author_id == reader.pk,
                grouped=before is not None and not new_day and _continues(message, before),
                new_day=new_day,
            )
        )
    return shown


def _continues(message: Message, before: Message) -> bool:
    same_person = (message.author_id, message.user_name, message.guest) == (
        before.author_id,
        before.user_name,
        before.guest,
    )
    return same_person and message.created_at - before.created_at < GROUPED_WITHIN
