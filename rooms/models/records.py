"""Results of selectors that are not rows of one table."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


class LoadedReaction(NamedTuple):
    """A reaction with its user, as the wire form of a message shows it."""

    emoji: str
    user_id: int
    user_name: str
    display_name: str


class LoadedAttachment(NamedTuple):
    """A file with its content's properties, as the wire form of a message shows it; see `Attachment` and `Blob`."""

    public_id: str
    name: str
    type: str
    size: int
    width: int | None
    height: int | None
    thumbnail_width: int | None
    thumbnail_height: int | None
    placeholder: str
    animated: bool
    scanned: bool


class LoadedPreview(NamedTuple):
    """The preview of a link, as the wire form of a message shows it; see `MessagePreview` and `LinkPreview`."""

    id: int
    url: str
    title: str
    site: str
    description: str
    picture_key: str | None
    picture_width: int | None
    picture_height: int | None


@dataclass(frozen=True, slots=True)
class Signs:
    """What is shown next to a person's name: their status, and until when they are not to be disturbed, if they are.

    `emoji` and `text` are empty without a status. `until` is when it ends; None if it doesn't by itself.
    """

    user_id: int | None
    emoji: str
    text: str
    until: datetime | None
    quiet_until: datetime | None


@dataclass(frozen=True, slots=True)
class Unread:
    """A member's read marker and unread counts in a room, with its title and picture as they see them.

    `unread` counts the messages above `read_seq`, without deleted messages and the member's own; `mentions` counts
    those that mention the member. A direct room has the number of its `others`, and the id of the only one. All values
    are as of the room's `version`. `level` is empty if the member has not chosen one.
    """

    user_id: int
    room_id: int
    room_name: str
    title: str
    kind: str
    avatar: str | None
    other_id: int | None
    others: int
    last_seq: int
    read_seq: int
    unread: int
    mentions: int
    hidden_seq: int | None
    level: str
    muted: bool
    favourite: bool
    section_id: int | None
    version: int = field(compare=False)

    @property
    def hidden(self) -> bool:
        """Whether the room is hidden from the member's list."""
        return self.hidden_seq is not None and self.hidden_seq >= self.last_seq
