"""Signals that this app sends to other apps. `rooms` imports none of them.

Each is sent inside the transaction of what happened, with `Signal.send`: when a receiver raises, everything is rolled
back. The sender is the model class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.dispatch import Signal

from rooms.models import User


@dataclass(frozen=True, slots=True)
class MentionNotice:
    """What to tell one person about a message that mentions them or replies to them."""

    user_id: int
    room_id: int
    seq: int
    title: str
    body: str
    payload: dict[str, Any]
    by: User | None  # None for a guest or a deleted account


mentions_unread = Signal()  # notices: a list of MentionNotice, for people who have not read the message
message_text_changed = Signal()  # message: it was edited or deleted
person_invited = Signal()  # invitation: with its room, the invited user and who invited them
room_access_widened = Signal()  # room, by: more people may read the room now
room_access_lost = Signal()  # room, user_ids: who may have lost it; None for everybody who may not read it now
room_deleting = Signal()  # room: sent before it is deleted
