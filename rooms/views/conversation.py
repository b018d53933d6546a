"""Prepares messages for `rooms/_message.html`. The script groups them by the same rule (static/js/grouping.js)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from rooms.markdown import mentioned_user_ids, room_mention_in
from rooms.models import Message, Room, User
from rooms.selectors.messages import messages_around, recent_messages
from rooms.wire import message_wire

MAX_GAP = timedelta(minutes=5)  # between two messages of a group
MAX_GROUP_SIZE = 10  # messages under one header
MESSAGES_SHOWN = 50
MAX_UNREAD_BELOW = 30  # with more unread messages than this, the page starts at the first of them


class ShownMessage(NamedTuple):
    """A message and its place in the conversation. The page's script converts the UTC days to local ones."""

    wire: dict[str, Any]
    own: bool
    calls: bool
    grouped: bool
    new_day: bool
    first_unread: bool

    @property
    def created_at(self) -> datetime:
        """When it was sent, for the template to format."""
        return datetime.fromisoformat(self.wire["created_at"])


def messages_to_show(room: Room, unread_from: int | None, target: int | None) -> list[Message]:
    """The messages around `target`, or else around the first unread message, or else the newest ones."""
    if target is not None and 1 <= target <= room.last_seq:
        return messages_around(room, target, limit=MESSAGES_SHOWN)
    if unread_from is not None and room.last_seq - unread_from >= MAX_UNREAD_BELOW:
        return messages_around(room, unread_from, limit=MESSAGES_SHOWN)
    return recent_messages(room, limit=MESSAGES_SHOWN)


def shown_messages(messages: list[Message], reader: User, unread_from: int | None = None) -> list[ShownMessage]:
    """The messages as the reader sees them, oldest first, with their grouping.

    `unread_from` is the seq of the first message that the reader has not read.
    """
    shown: list[ShownMessage] = []
    before: Message | None = None
    group_size = 0
    for message in messages:
        new_day = before is None or before.created_at.date() != message.created_at.date()
        own = message.author_id == reader.pk
        first_unread = message.seq == unread_from
        continues = before is not None and not new_day and not first_unread and _continues(message, before)
        group_size = group_size + 1 if continues and group_size < MAX_GROUP_SIZE else 1
        wire = message_wire(message)
        if not reader.show_link_previews:
            wire.pop("previews", None)
        shown.append(
            ShownMessage(
                wire=wire,
                own=own,
                calls=not own and _calls(wire, reader),
                grouped=group_size > 1,
                new_day=new_day,
                first_unread=first_unread,
            )
        )
        before = message
    return shown


def _calls(wire: dict[str, Any], reader: User) -> bool:
    """Whether the message mentions the reader or replies to them."""
    html = wire["html"]
    if reader.pk in mentioned_user_ids(html) or room_mention_in(html) is not None:
        return True
    return bool(wire.get("reply_to", {}).get("user_id") == reader.pk)


def _continues(message: Message, before: Message) -> bool:
    same_person = (message.author_id, message.guest) == (before.author_id, before.guest) and (
        message.author_id is not None or message.user_name == before.user_name
    )
    return same_person and message.created_at - before.created_at < MAX_GAP
