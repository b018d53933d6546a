"""Messages as `rooms/_message.html` shows them. The page's script groups by the same rule (static/js/grouping.js)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

from rooms.markdown import mentioned_in
from rooms.models import Message, Room, User
from rooms.selectors.messages import messages_around, recent_messages
from rooms.wire import message_wire

GROUPED_WITHIN = timedelta(minutes=5)
LONGEST_RUN = 10  # messages under one head
MESSAGES_SHOWN = 50
UNREAD_BELOW = 30  # with more unread messages, the page begins where they do


class ShownMessage(NamedTuple):
    """One message and its place in the conversation. The reader's script turns the UTC days into local ones."""

    wire: dict[str, Any]
    message: Message
    own: bool
    calls: bool
    grouped: bool
    new_day: bool
    first_unread: bool


def messages_to_show(room: Room, unread_from: int | None, target: int | None) -> list[Message]:
    """The page of messages with the one at `target` in its middle, else where unread ones begin, else the newest."""
    if target is not None and 1 <= target <= room.last_seq:
        return messages_around(room, target, limit=MESSAGES_SHOWN)
    if unread_from is not None and room.last_seq - unread_from >= UNREAD_BELOW:
        return messages_around(room, unread_from, limit=MESSAGES_SHOWN)
    return recent_messages(room, limit=MESSAGES_SHOWN)


def shown_messages(messages: list[Message], reader: User, unread_from: int | None = None) -> list[ShownMessage]:
    """The messages, oldest first, each knowing whether it continues the one before, and what it is to the reader.

    `unread_from` is the place of the first that they have not read.
    """
    shown: list[ShownMessage] = []
    run = 0  # messages under the present head
    for message in messages:
        before = shown[-1].message if shown else None
        new_day = before is None or before.created_at.date() != message.created_at.date()
        own = message.author_id == reader.pk
        first_unread = message.seq == unread_from
        continues = before is not None and not new_day and not first_unread and _continues(message, before)
        run = run + 1 if continues and run < LONGEST_RUN else 1
        wire = message_wire(message)
        shown.append(
            ShownMessage(
                wire=wire,
                message=message,
                own=own,
                calls=not own and _calls(wire, reader),
                grouped=run > 1,
                new_day=new_day,
                first_unread=first_unread,
            )
        )
    return shown


def _calls(wire: dict[str, Any], reader: User) -> bool:
    """Whether the message names the reader or answers them."""
    return reader.pk in mentioned_in(wire["html"]) or wire.get("reply_to", {}).get("user_id") == reader.pk


def _continues(message: Message, before: Message) -> bool:
    same_person = (message.author_id, message.guest) == (before.author_id, before.guest) and (
        message.author_id is not None or message.user_name == before.user_name
    )
    return same_person and message.created_at - before.created_at < GROUPED_WITHIN
