"""The one place that creates messages: for REST, sockets, commands and import alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from rooms.errors import Conflict, InvalidField, MissingField, NotFound, ServiceError, TooLarge
from rooms.events import announce_messages
from rooms.markdown import render_markdown
from rooms.models import Membership, Message, Room, User
from rooms.selectors import NO_ROOM

MAX_CLIENT_ID_LENGTH = 64


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What somebody wants to say. `client_id` makes it safe to say again: it is posted once."""

    room_id: int
    author: User
    content: str
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that is committed; `duplicate` when an earlier request with its client_id had made it."""

    message: Message
    duplicate: bool = False


def check_content(content: object) -> str:
    """The text of a message, if it is one. Raises MissingField, InvalidField or TooLarge."""
    if content is None:
        raise MissingField("content not in message dict")
    if not isinstance(content, str):
        raise InvalidField("content must be a text.")
    if not content.strip():
        raise InvalidField("A message can't be empty.")
    if len(content) > settings.MAX_CONTENT_LENGTH:
        raise TooLarge(f"A message has at most {settings.MAX_CONTENT_LENGTH} characters; this one has {len(content)}.")
    check_storable(content, "content")
    return content


def check_client_id(client_id: object) -> str | None:
    """A client_id, or None for none. Raises InvalidField."""
    if client_id is None:
        return None
    if not isinstance(client_id, str) or not 0 < len(client_id) <= MAX_CLIENT_ID_LENGTH:
        raise InvalidField(f"client_id must be a text of 1 to {MAX_CLIENT_ID_LENGTH} characters.")
    check_storable(client_id, "client_id")
    return client_id


def check_storable(text: str, field: str) -> None:
    """Refuse what no database takes: NUL and half a surrogate pair. Raises InvalidField."""
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise InvalidField(f"{field} holds a character that can't be stored.")


def post_messages(batch: Sequence[NewMessage]) -> list[Posted | ServiceError]:
    """Commit a batch of messages in one transaction, announce each room once, and say of each what became of it.

    A message that can't be posted gives its error and leaves its neighbours alone. Texts must have passed
    `check_content` and `check_client_id`. Idempotent per (room, author, client_id).

    Raises:
        django.db.DatabaseError: when the database refused the transaction; nothing was posted then.
    """
    with transaction.atomic():
        return _Batch(batch).post()


class _Batch:
    """One transaction's worth of messages, while its rooms are locked."""

    def __init__(self, batch: Sequence[NewMessage]) -> None:
        self.batch = batch
        room_ids = {new.room_id for new in batch}
        # In id order, so that two batches can't wait for each other. Membership is read under the lock: a removal
        # comes wholly before or wholly after.
        locked = Room.objects.select_for_update(no_key=True).filter(pk__in=room_ids).order_by("pk")
        self.rooms = {room.pk: room for room in locked}
        members = Membership.objects.filter(room_id__in=room_ids, user_id__in={new.author.pk for new in batch})
        self.authors = {(member.room_id, member.user_id): member.user for member in members.select_related("user")}
        self.known = self._messages_by_client_id()
        self.now = timezone.now()
        self.after = {room.pk: room.version for room in self.rooms.values()}

    def _messages_by_client_id(self) -> dict[tuple[int, int | None, str | None], Message]:
        client_ids = {new.client_id for new in self.batch if new.client_id}
        if not client_ids:
            return {}
        known = Message.objects.filter(room_id__in=self.rooms, client_id__in=client_ids).select_related("author")
        for message in known:
            message.room = self.rooms[message.room_id]
        return {(message.room_id, message.author_id, message.client_id): message for message in known}

    def post(self) -> list[Posted | ServiceError]:
        results = [self._place(new) for new in self.batch]
        created: defaultdict[int, list[Message]] = defaultdict(list)
        for result in results:
            if isinstance(result, Posted) and not result.duplicate:
                created[result.message.room_id].append(result.message)
        Message.objects.bulk_create([message for messages in created.values() for message in messages])
        changed = [self.rooms[room_id] for room_id in created]
        if len(changed) == 1:
            changed[0].save(update_fields=["version", "last_seq", "last_message_at"])
        elif changed:
            Room.objects.bulk_update(changed, ["version", "last_seq", "last_message_at"])
        for room in changed:
            announce_messages(room, self.after[room.pk], created[room.pk])
        return results

    def _place(self, new: NewMessage) -> Posted | ServiceError:
        room = self.rooms.get(new.room_id)
        author = self.authors.get((new.room_id, new.author.pk))
        if room is None or (author is None and room.kind != Room.Kind.OPEN):
            return NotFound(NO_ROOM)
        if author is None:
            return Conflict("Join the room before you write in it.")
        if not author.is_active:
            return NotFound(NO_ROOM)
        identity = (room.pk, author.pk, new.client_id)
        first = self.known.get(identity) if new.client_id else None
        if first is not None:
            untouched = first.edited_at is None and first.deleted_at is None
            if untouched and first.content != new.content:
                return Conflict("That client_id already belongs to a message with another content.")
            return Posted(first, duplicate=True)
        if room.closed_at is not None:
            return Conflict("The room is closed.")
        message = self._number(room, author, new)
        if new.client_id:
            self.known[identity] = message
        return Posted(message)

    def _number(self, room: Room, author: User, new: NewMessage) -> Message:
        room.version += 1
        room.last_seq += 1
        room.last_message_at = self.now
        return Message(
            room=room,
            seq=room.last_seq,
            version=room.version,
            author=author,
            user_name=author.username,
            content=new.content,
            html=render_markdown(new.content),
            client_id=new.client_id,
            created_at=self.now,
        )


def message_post(*, by: User, room: Room, content: object, client_id: object = None) -> Posted:
    """Post one message and announce it.

    Raises:
        MissingField, InvalidField, TooLarge: the content or client_id won't do.
        NotFound: the person does not belong to the room; Conflict: it is closed, or the client_id is another's.
    """
    new = NewMessage(room.pk, by, check_content(content), check_client_id(client_id))
    result = post_messages([new])[0]
    if isinstance(result, ServiceError):
        raise result
    return result
