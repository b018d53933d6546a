"""What other apps can do when something happens here: `rooms` knows none of them.

A hook runs in the transaction of what happened, so that both are committed or neither. An app adds its own when it is
ready.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rooms.models import Invitation, Message, Room, User


@dataclass(frozen=True, slots=True)
class Call:
    """What one person is to be told of a message that names them or answers one of theirs."""

    user_id: int
    room_id: int
    seq: int
    title: str
    body: str
    payload: dict[str, Any]
    by: User | None  # None: a guest, or somebody whose account is gone


on_called: list[Callable[[Sequence[Call]], None]] = []  # with people who have not read the message
on_room_opened: list[Callable[[Room, User], None]] = []  # with a room that more people may read now, and whose doing
on_invited: list[Callable[[Invitation], None]] = []  # with its room, the person and who invites them
on_text_changed: list[Callable[[Message], None]] = []  # with a message that was edited or deleted
# With a room and those who may have lost it, or None: everybody who may not read it now has.
on_room_lost: list[Callable[[Room, Collection[int] | None], None]] = []
on_room_deleted: list[Callable[[Room], None]] = []  # before it goes
