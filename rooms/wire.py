"""The wire form of messages and rooms: the same for the REST API, history and live delivery."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from django.conf import settings

from chatproject.file_urls import file_path, thumbnail_path
from chatproject.preview_urls import preview_picture_path
from rooms.files.types import kind_of
from rooms.markdown import plain_text
from rooms.models import (
    AuditEvent,
    LoadedAttachment,
    LoadedPreview,
    LoadedReaction,
    Message,
    Room,
    SavedMessage,
    ScheduledMessage,
    Section,
    Signs,
    Status,
    Unread,
    User,
)

EXCERPT_LENGTH = 140
# Controls of the text direction: an excerpt might contain only the opening one of a pair.
DIRECTION_MARKS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
MAX_ESTIMATED_BYTES = 8000  # larger messages are measured; a page of a hundred smaller ones is within its limit


def timestamp(moment: datetime) -> str:
    """Format a time as ISO 8601 in UTC with milliseconds and a Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def message_wire(message: Message) -> dict[str, Any]:
    """Return the wire form of a message, the same for every reader. Selectors load the objects that it needs."""
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
        "attachments": [attachment_wire(one) for one in message.loaded_attachments],
    }
    if message.reply_to_seq is not None and message.deleted_at is None:
        assert message.original is not None, "the original message is not loaded"
        wire["reply_to"] = quote_wire(message.original)
    if message.loaded_previews:
        wire["previews"] = [preview_wire(one) for one in message.loaded_previews]
    if message.guest:
        wire["guest"] = True
    if message.edited_at:
        wire["edited_at"] = timestamp(message.edited_at)
    if message.deleted_at:
        wire["deleted"] = True
    if message.pinned_at:
        wire["pinned"] = {"at": timestamp(message.pinned_at), "by": person_wire(message.pinned_by)}
    if message.open_tasks is not None and message.deleted_at is None:
        wire["open_tasks"] = message.open_tasks
    if message.client_id:
        wire["client_id"] = message.client_id
    return wire


def person_wire(user: User | None) -> dict[str, Any] | None:
    """Return the id and the names of a user; None for a deleted account."""
    if user is None:
        return None
    return {"user_id": user.pk, "user_name": user.username, "display_name": user.shown_name}


def reactions_wire(reactions: Sequence[LoadedReaction]) -> list[dict[str, Any]]:
    """Group reactions by emoji: emoji in the order of their first use, users in the order in which they reacted."""
    by_emoji: dict[str, list[LoadedReaction]] = {}
    for one in reactions:
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


def attachment_wire(attachment: LoadedAttachment) -> dict[str, Any]:
    """Return the wire form of a file. `kind` says how it can be shown: image, video, audio, or file if it can't."""
    wire: dict[str, Any] = {
        "id": attachment.public_id,
        "name": attachment.name,
        "type": attachment.type,
        "size": attachment.size,
        "kind": kind_of(attachment.type),
        "url": file_path(attachment.public_id, attachment.name),
    }
    if attachment.thumbnail_width is not None:
        wire |= {
            "width": attachment.width,
            "height": attachment.height,
            "thumbnail": {
                "url": thumbnail_path(attachment.public_id),
                "width": attachment.thumbnail_width,
                "height": attachment.thumbnail_height,
            },
            "placeholder": attachment.placeholder,
        }
    if attachment.animated:
        wire["animated"] = True
    if settings.CLAMD and not attachment.scanned:
        wire["unscanned"] = True
    return wire


def preview_wire(preview: LoadedPreview) -> dict[str, Any]:
    """Return the wire form of the preview of a link."""
    wire: dict[str, Any] = {
        "id": preview.id,
        "url": preview.url,
        "title": preview.title,
        "site": preview.site,
        "description": preview.description,
    }
    if preview.picture_key is not None:
        wire["picture"] = {
            "url": preview_picture_path(preview.picture_key),
            "width": preview.picture_width,
            "height": preview.picture_height,
        }
    return wire


def quote_wire(original: Message) -> dict[str, Any]:
    """Return the quote that a reply shows of the original message."""
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
    """Return the start of a message as one line of plain text with at most EXCERPT_LENGTH characters.

    A message without text is represented by the names of its files, which `loaded_attachments` must have.
    """
    text = plain_text(message.html) or message.content or ", ".join(one.name for one in message.loaded_attachments)
    line = " ".join(DIRECTION_MARKS.sub("", text).split())
    return line if len(line) <= EXCERPT_LENGTH else f"{line[: EXCERPT_LENGTH - 1].rstrip()}…"


def saved_wire(saved: SavedMessage) -> dict[str, Any]:
    """Return the wire form of a saved message, without the message. For the user who saved it only."""
    return {
        "room_name": saved.message.room.name,
        "seq": saved.message.seq,
        "saved": {
            "at": timestamp(saved.saved_at),
            "remind_at": timestamp(saved.remind_at) if saved.remind_at else None,
            "reminded_at": timestamp(saved.reminded_at) if saved.reminded_at else None,
        },
    }


def section_wire(section: Section) -> dict[str, Any]:
    """Return the wire form of a section of a user's list of rooms. For that user only."""
    return {"id": section.pk, "name": section.name, "collapsed": section.collapsed}


def status_wire(status: Status | None) -> dict[str, Any] | None:
    """Return the wire form of a status; None for none."""
    if status is None:
        return None
    return {
        "emoji": status.emoji,
        "text": status.text,
        "until": timestamp(status.until) if status.until else None,
    }


def signs_wire(user: User, signs: Signs) -> dict[str, Any]:
    """Return the fields of a `status` frame: what is shown next to a user's name."""
    return {
        "user_id": user.pk,
        "user_name": user.username,
        "status": {"emoji": signs.emoji, "text": signs.text, "until": timestamp(signs.until) if signs.until else None}
        if signs.emoji or signs.text
        else None,
        "quiet_until": timestamp(signs.quiet_until) if signs.quiet_until else None,
    }


def scheduled_wire(scheduled: ScheduledMessage) -> dict[str, Any]:
    """Return the wire form of a scheduled message. For its author only."""
    return {
        "id": scheduled.pk,
        "room_name": scheduled.room.name,
        "content": scheduled.content,
        "reply_to": scheduled.reply_to_seq,
        "send_at": timestamp(scheduled.send_at),
        "created_at": timestamp(scheduled.created_at),
        "error": scheduled.shown_error,
    }


def message_bytes(message: Message) -> bytes:
    """Return `message_wire` as JSON. It is encoded once and then copied into every frame that contains the message."""
    return orjson.dumps(message_wire(message))


def message_size(message: Message) -> int:
    """Return an upper limit of the size of `message_bytes`, in bytes. It is exact for large messages."""
    # JSON takes at most six bytes per character; names of rooms and people are short.
    related = len(message.loaded_reactions) + 2 * len(message.loaded_attachments) + 3 * len(message.loaded_previews)
    estimate = 3000 + 6 * (len(message.content) + len(message.html)) + 2000 * related
    return estimate if estimate < MAX_ESTIMATED_BYTES else len(message_bytes(message))


def room_properties(room: Room) -> dict[str, Any]:
    """Return the properties of a room, which change only when the room itself is changed."""
    return {
        "name": room.name,
        "title": room.title,
        "description": room.description,
        "kind": room.kind,
        "guests": room.guests,
        "pinning": room.pinning,
        "room_mentions": room.room_mentions,
        "link_previews": room.link_previews,
        "public_log": room.public_log,
        "slow_seconds": room.slow_seconds,
        "closed": room.closed_at is not None,
        "created_at": timestamp(room.created_at),
    }


def room_wire(room: Room) -> dict[str, Any]:
    """Return the wire form of a room: its properties and counters."""
    return room_properties(room) | {"version": room.version, "last_seq": room.last_seq}


def audit_wire(event: AuditEvent, *, with_address: bool) -> dict[str, Any]:
    """Return the wire form of an event of the audit log. Only admins get addresses and the ids of requests."""
    return {
        "id": event.pk,
        "at": timestamp(event.at),
        "action": event.action,
        "via": event.via,
        "actor_id": event.actor_id,
        "actor_name": event.actor_name,
        "user_id": event.user_id,
        "user_name": event.user_name,
        "room_id": event.room_id,
        "room_name": event.room_name,
        "target": event.target,
        "before": event.before,
        "after": event.after,
        "address": event.address if with_address else "",
        "request_id": event.request_id if with_address else "",
    }


def unread_wire(room: Unread) -> dict[str, Any]:
    """Return the title and unread counts of a room, for a member who may not have it open."""
    wire: dict[str, Any] = {
        "room_name": room.room_name,
        "title": room.title,
        "kind": room.kind,
        "last_seq": room.last_seq,
        "read_seq": room.read_seq,
        "unread": room.unread,
        "mentions": room.mentions,
    }
    chosen = {
        "avatar": room.avatar,
        "user_id": room.other_id,
        "others": room.others,
        "level": room.level,
        "muted": room.muted,
        "favourite": room.favourite,
        "section": room.section_id,
    }
    return wire | {name: value for name, value in chosen.items() if value}
