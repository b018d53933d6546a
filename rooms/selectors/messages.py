"""The messages of a room, which the caller may read."""

from __future__ import annotations

from django.db.models import QuerySet

from rooms.errors import NotFound
from rooms.models import Message, Room

NO_MESSAGE = "There is no such message, or it is not yours to change."


def _messages_of(room: Room) -> QuerySet[Message]:
    return Message.objects.filter(room=room).select_related("author")


def _of_room(messages: list[Message], room: Room) -> list[Message]:
    for message in messages:
        message.room = room
    return messages


def recent_messages(room: Room, *, before: int | None = None, limit: int = 50) -> list[Message]:
    """The newest `limit` messages, or the newest below the seq `before`; oldest first."""
    newest = _messages_of(room).order_by("-seq")
    if before is not None:
        newest = newest.filter(seq__lt=before)
    return _of_room(list(newest[:limit])[::-1], room)


def messages_after(room: Room, *, after: int, limit: int) -> list[Message]:
    """The first `limit` messages above the seq `after`, oldest first."""
    return _of_room(list(_messages_of(room).filter(seq__gt=after).order_by("seq")[:limit]), room)


def changes_since(room: Room, *, version: int, limit: int) -> list[Message]:
    """The first `limit` messages changed after `version`, in version order, each in its latest state."""
    return _of_room(list(_messages_of(room).filter(version__gt=version).order_by("version")[:limit]), room)


def get_message(room: Room, seq: int) -> Message:
    """The message with that place in the room. Raises NotFound."""
    message = _messages_of(room).filter(seq=seq).first() if 0 < seq < 2**63 else None
    if message is None:
        raise NotFound(NO_MESSAGE)
    message.room = room
    return message
