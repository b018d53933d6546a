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
class MessageNotice:
    """The notification of one user about a message: its kind, and parameters, with which it is worded for them."""

    user_id: int
    room_id: int
    seq: int
    kind: str
    parameters: dict[str, Any]
    body: str  # the start of the message
    by: User | None  # who caused it; None for a guest, a deleted account, or the user themselves


@dataclass(frozen=True, slots=True)
class MessagesRead:
    """How far a member has read a room."""

    user_id: int
    room_id: int
    seq: int


@dataclass(frozen=True, slots=True)
class RoomNews:
    """The newest unread message of a room, of which a member wants to hear though it doesn't mention them."""

    user_id: int
    room_id: int
    seq: int


mentions_unread = Signal()  # notices: a list of MessageNotice, for people who have not read the message
messages_unread = Signal()  # news: a list of RoomNews
reminders_due = Signal()  # notices: a list of MessageNotice, for people who asked to be reminded of the message
message_text_changed = Signal()  # message: which was edited or deleted
scheduled_failed = Signal()  # scheduled: a ScheduledMessage that could not be sent, with its author, room and error
failed_settled = Signal()  # scheduled: one that could not be sent, before it is sent after all, changed or deleted
read_marks_moved = Signal()  # moved: a list of MessagesRead
report_created = Signal()  # report, handler_ids: of those who may handle it, without its reporter
reports_closed = Signal()  # reports: a list, with rooms and users; after the commit
person_muted = Signal()  # restriction: with its user and room
person_invited = Signal()  # invitation: with its room, the invited user and who invited them
room_access_widened = Signal()  # room, by: more people can read the room than before
room_access_lost = Signal()  # room, user_ids: who may have lost access, None for anyone
room_deleting = Signal()  # room: sent before it is deleted
# user, request: their password or second factor changed, and only the browser that asked for it stays signed in
other_sign_ins_ended = Signal()
