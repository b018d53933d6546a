"""The wire form of a message and of a room: the same for REST, history and live delivery."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from rooms.models import Message, Room


def timestamp(moment: datetime) -> str:
    """ISO 8601 in UTC, to the millisecond, with a Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def message_wire(message: Message) -> dict[str, Any]:
    """What every reader gets of a message. Reads `message.room` and `message.author`: load both with it."""
    author = message.author
    wire: dict[str, Any] = {
        "room_name": message.room.name,
        "seq": message.seq,
        "version": message.version,
        "user_name": author.username if author else message.user_name,
        "display_name": author.shown_name if author else message.user_name,
        "avatar": None,
        "content": message.content,
        "html": message.html,
        "created_at": timestamp(message.created_at),
    }
    if message.guest:
        wire["guest"] = True
    if message.edited_at:
        wire["edited_at"] = timestamp(message.edited_at)
    if message.deleted_at:
        wire["deleted"] = True
    if message.client_id:
        wire["client_id"] = message.client_id
    return wire


def message_bytes(message: Message) -> bytes:
    """`message_wire` as JSON: encoded once, then spliced into every frame that carries it."""
    return orjson.dumps(message_wire(message))


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
