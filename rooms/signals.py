"""Signals for other apps, none of which `rooms` imports.

They are sent with `Signal.send` inside the transaction of the change: when a receiver raises, everything is rolled
back. The sender is the model class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.dispatch import Signal

from rooms.models import User


@dataclass(frozen=True, slots=True)
class MentionNotice:
    """The notification of one user about a message that mentions them or replies to them."""

    user_id: int
    room_id: int
    seq: int
    title: str
    body: str
    payload: dict[str, Any]
    by: User | None  # None for a guest or a deleted account


mentions_unread = Signal()  # notices: a list of MentionNotice, for people who have not read the message
message_text_changed = Signal()  # message: which was edited or deleted
person_invited = Signal()  # invitation: with its room, the invited user and who invited them
room_access_widened = Signal()  # room, by: more people can read the room than before
room_access_lost = Signal()  # room, user_ids: who may have lost access, None for anyone
room_deleting = Signal()  # room: sent before it is deleted
