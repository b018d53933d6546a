"""Saving a change of a message, with its next version."""

from __future__ import annotations

from rooms import signals
from rooms.events import room_stream
from rooms.models import Message, Room


def save_text(room: Room, message: Message, *fields: str) -> None:
    """Save a change of a message's text or files, and signal it: receivers update what quotes it."""
    save_change(room, message, *fields, rewritten=True)
    signals.message_text_changed.send(Message, message=message)


def save_change(room: Room, message: Message, *fields: str, rewritten: bool = False) -> None:
    """Give a locked room and its message their next version, save the message's changed fields, and announce it.

    `rewritten` says that the text of the message changed, and with it every quote of it.
    """
    version_before = room.version
    room.version += 1
    message.version = room.version
    room.save(update_fields=["version"])
    message.save(update_fields=["version", *fields])
    room_stream.announce_rows(room, version_before, [message], rewritten=rewritten)
