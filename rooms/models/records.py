"""What selectors read that is not a row of one table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class LoadedReaction(NamedTuple):
    """Who answered a message with an emoji, as its wire form shows them."""

    emoji: str
    user_id: int
    user_name: str
    display_name: str


@dataclass(frozen=True, slots=True)
class Unread:
    """How far a member has read in a room, which is called and pictured as they see it.

    `unread` counts the messages above `read_seq`, without their own and deleted ones; `mentions` those that call them.
    All is of the room's `version`.
    """

    user_id: int
    room_id: int
    room_name: str
    title: str
    kind: str
    avatar: str | None
    last_seq: int
    read_seq: int
    unread: int
    mentions: int
    hidden_seq: int | None
    version: int = field(compare=False)

    @property
    def hidden(self) -> bool:
        """Whether it is not in the person's list."""
        return self.hidden_seq is not None and self.hidden_seq >= self.last_seq
