"""The wire form of a message and of a room: the same for REST, history and live delivery."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from rooms.markdown import plain_text
from rooms.models import LoadedReaction, Message, Room, Unread

EXCERPT_LENGTH = 140
# Marks of the direction of writing, whose ends a beginning would not hold.
DIRECTION_MARKS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MAX_ESTIMATED_BYTES = 8000  # bytes; pages of a hundred such are within bounds


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC, to the millisecond, with a Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def message_wire(message: Message) -> dict[str, Any]:
    """What every reader gets of a message. Load it by a selector, with what hangs on it."""
    author = message.author
    wire: dict[str, Any] = {
        "room_name": message.room.name,
        "seq": message.seq,
        "version": message.version,
        "user_id": message.author_id,
        "user_name": author.username if author else message.user_name,
        "display_name": author.shown_name if author else message.user_name,
        "avatar": author.avatar if author else None,
        "content": message.content,
        "html": message.html,
        "created_at": timestamp(message.created_at),
        "reactions": reactions_wire(message.loaded_reactions) if message.loaded_reactions else [],
    }
    if message.reply_to_seq is not None and message.deleted_at is None:
        assert message.original is not None, "the original has not been loaded along"
        wire["reply_to"] = quote_wire(message.original)
    if message.guest:
        wire["guest"] = True
    if message.edited_at:
        wire["edited_at"] = timestamp(message.edited_at)
    if message.deleted_at:
        wire["deleted"] = True
    if message.client_id:
        wire["client_id"] = message.client_id
    return wire


def reactions_wire(reacted: Sequence[LoadedReaction]) -> list[dict[str, Any]]:
    """Who reacted with what: the emoji in the order of their first use, people in the order of reacting."""
    by_emoji: dict[str, list[LoadedReaction]] = {}
    for one in reacted:
        by_emoji.setdefault(one.emoji, []).append(one)
    return [
        {
            "emoji": emoji,
            "user_names": [one.user_name for one in several],
            "people": [
                {"user_id": one.user_id, "user_name": one.user_name, "display_name": one.display_name}
                for one in several
            ],
        }
        for emoji, several in by_emoji.items()
    ]


def quote_wire(original: Message) -> dict[str, Any]:
    """What a reply shows of the message that it answers."""
    author = original.author
    quote: dict[str, Any] = {
        "seq": original.seq,
        "user_id": original.author_id,
        "user_name": author.username if author else original.user_name,
        "display_name": author.shown_name if author else original.user_name,
    }
    if original.deleted_at:
        return quote | {"deleted": True}
    return quote | {"excerpt": excerpt(original)}


def excerpt(message: Message) -> str:
    """The beginning of what a message says: one line without markup, of at most EXCERPT_LENGTH characters."""
    line = " ".join(DIRECTION_MARKS.sub("", plain_text(message.html) or message.content).split())
    return line if len(line) <= EXCERPT_LENGTH else f"{line[: EXCERPT_LENGTH - 1].rstrip()}…"


def message_bytes(message: Message) -> bytes:
    """`message_wire` as JSON: encoded once, then spliced into every frame that carries it."""
    return orjson.dumps(message_wire(message))


def message_size(message: Message) -> int:
    """How many bytes `message_bytes` gives at most; exactly, where that is many."""
    # At most six bytes to a character, in JSON; the names of a room and of people are short.
    most = 3000 + 6 * (len(message.content) + len(message.html)) + 2000 * len(message.loaded_reactions)
    return most if most < MAX_ESTIMATED_BYTES else len(message_bytes(message))


def room_properties(room: Room) -> dict[str, Any]:
    """What of a room changes only when somebody changes the room itself."""
    return {
        "name": room.name,
        "title": room.title,
        "description": room.description,
        "kind": room.kind,
        "guests": room.guests,
        "closed": room.closed_at is not None,
        "created_at": timestamp(room.created_at),
    }


def room_wire(room: Room) -> dict[str, Any]:
    """What a reader gets of a room itself, with how far it has come."""
    return room_properties(room) | {"version": room.version, "last_seq": room.last_seq}


def unread_wire(room: Unread) -> dict[str, Any]:
    """What a member gets of a room that they may not have open: how it is called, and what they have not read."""
    wire: dict[str, Any] = {
        "room_name": room.room_name,
        "title": room.title,
        "kind": room.kind,
        "last_seq": room.last_seq,
        "read_seq": room.read_seq,
        "unread": room.unread,
        "mentions": room.mentions,
    }
    return wire | {"avatar": room.avatar} if room.avatar else wire
