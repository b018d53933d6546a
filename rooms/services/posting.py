"""The one place that creates messages: for REST, sockets, commands and import alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from chatproject.realtime import metrics
from rooms.errors import Conflict, InvalidField, NotAuthenticated, NotFound, ServiceError
from rooms.events import room_stream
from rooms.models import Message, Room, User, UserName
from rooms.selectors.messages import load_related, messages_at
from rooms.selectors.rooms import NO_ROOM
from rooms.services import posting_sql
from rooms.services.locking import SENDING_BLOCKED
from rooms.services.mentions import MentionCandidates, record_mentions
from rooms.services.text_rules import check_client_id, check_content

Identity = tuple[int, int | str | None, str | None]  # room, author's id or guest's name, client_id


@dataclass(frozen=True, slots=True)
class NewMessage:
    """What somebody wants to say. `client_id` makes it safe to say again: it is posted once.

    A guest has no account (`author` is None), just a name. `reply_to` is the seq of the message that this one answers.
    """

    room_id: int
    author: User | None
    content: str
    client_id: str | None = None
    guest_name: str = ""
    reply_to: int | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that is committed; `duplicate` when an earlier request with its client_id had made it."""

    message: Message
    duplicate: bool = False


def messages_post(batch: Sequence[NewMessage]) -> list[Posted | ServiceError]:
    """Commit a batch of messages in one transaction, announce each room once, and say of each what became of it.

    A message that can't be posted gives its error and leaves its neighbours alone. Texts must have passed
    `check_content`, `check_client_id` and `check_guest_name`. Idempotent per (room, author or guest's name, client_id).

    Raises:
        django.db.DatabaseError: when the database refused the transaction; nothing was posted then.
    """
    rendered = _Rendered(batch)
    with metrics.commit_seconds.time(), transaction.atomic():
        results = _Batch(rendered).post()
    metrics.commit_batch_messages.observe(len(batch))
    metrics.messages_posted.inc(sum(isinstance(result, Posted) and not result.duplicate for result in results))
    return results


class _Rendered:
    """A batch with its HTML, made before anything is locked: nobody else waits while a text is rendered."""

    def __init__(self, batch: Sequence[NewMessage]) -> None:
        self.batch = batch
        self.candidates = MentionCandidates((new.room_id, new.content) for new in batch)
        self.html = [self.candidates.render(new.room_id, new.content) for new in batch]


class _Batch:
    """One transaction's worth of messages, while its rooms are locked."""

    def __init__(self, rendered: _Rendered) -> None:
        self.batch = batch = rendered.batch
        self.candidates, self.html = rendered.candidates, rendered.html
        room_ids = {new.room_id for new in batch}
        # In id order, so that two batches can't wait for each other. Membership is read under the lock: a removal
        # comes wholly before or wholly after.
        self.rooms, self.closed = posting_sql.lock_rooms(room_ids)
        answers = {(new.room_id, new.reply_to) for new in batch if new.reply_to is not None}
        self.originals = messages_at(answers) if answers else {}
        authors = {new.author.pk for new in batch if new.author is not None}
        called = {original.author_id for original in self.originals.values() if original.author_id is not None}
        self.members = posting_sql.load_members(room_ids, authors | called | self.candidates.user_ids)
        self.present = {place for place, member in self.members.items() if member.is_active}
        guests = {new.guest_name for new in batch if new.author is None}
        self.taken_names = UserName.objects.taken(guests) if guests else set()
        self.known = self._messages_by_client_id()
        self.now = timezone.now()
        self.after = {room.pk: room.version for room in self.rooms.values()}

    def _messages_by_client_id(self) -> dict[Identity, Message]:
        client_ids = {new.client_id for new in self.batch if new.client_id}
        if not client_ids:
            return {}
        known = posting_sql.messages_with_client_ids(
            {new.room_id for new in self.batch},
            client_ids,
            by_users=any(new.author is not None for new in self.batch),
            by_guests=any(new.author is None for new in self.batch),
        )
        for room in self.rooms.values():
            load_related([message for message in known if message.room_id == room.pk], room)
        # A message whose author's account is gone is nobody's any more: its key holds None.
        return {
            (message.room_id, message.user_name if message.guest else message.author_id, message.client_id): message
            for message in known
        }

    def post(self) -> list[Posted | ServiceError]:
        results = [self._place(new, html) for new, html in zip(self.batch, self.html, strict=True)]
        created: defaultdict[int, list[Message]] = defaultdict(list)
        for result in results:
            if isinstance(result, Posted) and not result.duplicate:
                created[result.message.room_id].append(result.message)
        messages = [message for several in created.values() for message in several]
        posting_sql.insert_messages(messages)
        record_mentions(messages, self.candidates, self.present)
        changed = [self.rooms[room_id] for room_id in created]
        posting_sql.save_counters(changed, self.now)
        for room in changed:
            room_stream.announce_rows(room, self.after[room.pk], created[room.pk])
        return results

    def _place(self, new: NewMessage, html: str) -> Posted | ServiceError:
        room = self.rooms.get(new.room_id)
        author = self.members.get((new.room_id, new.author.pk)) if new.author is not None else None
        if room is None:
            return NotFound(NO_ROOM)
        if new.author is None:
            refusal = self._refusal_of_guest(room, new)
        else:
            refusal = self._refusal_of_member(room, new.author, author)
        if refusal is not None:
            return refusal
        identity = (room.pk, author.pk if author is not None else new.guest_name, new.client_id)
        first = self.known.get(identity) if new.client_id else None
        if first is not None:
            untouched = first.edited_at is None and first.deleted_at is None
            if untouched and first.content != new.content:
                return Conflict("client_id: already used for a message with different content.")
            if first.reply_to_seq != new.reply_to:
                return Conflict("client_id: already used for a message with a different reply_to.")
            return Posted(first, duplicate=True)
        if room.pk in self.closed:
            return Conflict("This room is archived (read-only).")
        if new.reply_to is not None and (room.pk, new.reply_to) not in self.originals:
            return NotFound("The message you are replying to was not found.")
        message = self._number(room, author, new, html)
        if new.client_id:
            self.known[identity] = message
        return Posted(message)

    def _refusal_of_member(self, room: Room, person: User, author: User | None) -> ServiceError | None:
        """`author` is the person as a member, None when they are none."""
        if author is None and room.kind == Room.Kind.OPEN and not room.bans.filter(user=person).exists():
            return Conflict("Join the room to write in it.")
        if author is None and room.kind == Room.Kind.DIRECT and room.memberships.filter(user=person).exists():
            return Conflict(SENDING_BLOCKED)
        if author is None or not author.is_active:
            return NotFound(NO_ROOM)
        return None

    def _refusal_of_guest(self, room: Room, new: NewMessage) -> ServiceError | None:
        if room.kind != Room.Kind.OPEN or room.guests == Room.Guests.NONE:
            return NotFound(NO_ROOM)
        if room.guests != Room.Guests.WRITE:
            return NotAuthenticated("Guests can only read here. Sign in to write.")
        if new.guest_name in self.taken_names:
            return InvalidField("user_name: This name belongs to an account. Sign in or choose another one.")
        return None

    def _number(self, room: Room, author: User | None, new: NewMessage, html: str) -> Message:
        room.version += 1
        room.last_seq += 1
        room.last_message_at = self.now
        message = posting_sql.new_message(
            room,
            author,
            seq=room.last_seq,
            version=room.version,
            user_name=author.username if author is not None else new.guest_name,
            guest=author is None,
            content=new.content,
            html=self.candidates.render_again(room.pk, new.content, html, self.present),
            client_id=new.client_id,
            reply_to_seq=new.reply_to,
            created_at=self.now,
        )
        if new.reply_to is not None:
            message.original = self.originals[room.pk, new.reply_to]
        return message


def message_post(
    *, by: User, room: Room, content: object, client_id: object = None, reply_to: int | None = None
) -> Posted:
    """Post one message and announce it. `reply_to` is the seq of the message that it answers.

    Raises:
        MissingField, InvalidField, TooLarge: the content or client_id won't do.
        NotFound: the person does not belong to the room, or there is no message to reply to.
        Conflict: the room is closed, the client_id belongs to another message, or one of a direct room's two has
            blocked the other.
    """
    new = NewMessage(room.pk, by, check_content(content), check_client_id(client_id), reply_to=reply_to)
    result = messages_post([new])[0]
    if isinstance(result, ServiceError):
        raise result
    return result
