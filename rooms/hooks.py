"""What other apps can do when something happens here: `rooms` knows none of them.

A hook runs in the transaction of what happened, so that both are committed or neither. An app adds its own when it is
ready.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rooms.models import Invitation, User


@dataclass(frozen=True, slots=True)
class Call:
    """What one person is to be told of a message that names them or answers one of theirs."""

    user_id: int
    title: str
    body: str
    payload: dict[str, Any]
    by: User | None  # None: a guest, or somebody whose account is gone


on_called: list[Callable[[Sequence[Call]], None]] = []  # with people who have not read the message
on_invited: list[Callable[[Invitation], None]] = []  # with its room, the person and who invites them
