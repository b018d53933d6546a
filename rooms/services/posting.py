"""Create messages: the only place that does, for the REST API, sockets, commands and imports alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chatproject.realtime import metrics
from rooms.errors import Conflict, InvalidField, NotAuthenticated, NotFound, ServiceError
from rooms.events import room_stream
from rooms.models import Attachment, Message, Restriction, Room, User, UserName
from rooms.search.index import add_entries, entry_of
from rooms.selectors.attachments import loaded
from rooms.selectors.messages import load_related, messages_at
from rooms.selectors.restrictions import mutes_of
from rooms.selectors.room_mentions import room_mentioners
from rooms.selectors.rooms import NO_ROOM
from rooms.services import posting_sql
from rooms.services.attachments import attach, attachment_error, check_attachment_ids, lock_attachments
from rooms.services.locking import SENDING_BLOCKED, muted_error
from rooms.services.mentions import MentionCandidates, record_mentions
from rooms.services.preview_links import record_links
from rooms.services.room_news import room_news_task
from rooms.services.slow_mode import SlowModeTurns
from rooms.services.text_rules import check_client_id, check_content

Identity = tuple[int, int | str | None, str | None]  # room, author's id or guest's name, client_id


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to post. With a `client_id` it is safe to retry: it is posted once.

    A guest has no account (`author` is None), only a name. `reply_to` is the seq of the message that is replied to.
    `attachment_ids` are files in the author's draft; with any, the content may be empty.
    """

    room_id: int
    author: User | None
    content: str
    client_id: str | None = None
    guest_name: str = ""
    reply_to: int | None = None
    attachment_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Posted:
    """A committed message; a `duplicate` was created by an earlier request with the same client_id."""

    message: Message
    duplicate: bool = False


def messages_post(batch: Sequence[NewMessage]) -> list[Posted | ServiceError]:
    """Commit a batch of messages in one transaction, announce each room once, and return the outcome of each message.

    A message that can't be posted gets its own error and does not affect the others. Texts must have passed
    `check_content`, `check_client_id` and `check_guest_name`. Idempotent per (room, author or guest's name, client_id).

    Raises:
        django.db.DatabaseError: the database refused the transaction; nothing was posted.
    """
    rendered = _RenderedBatch(batch)
    with metrics.commit_seconds.time(), transaction.atomic():
        results = _Batch(rendered).post()
    metrics.commit_batch_messages.observe(len(batch))
    metrics.messages_posted.inc(sum(isinstance(result, Posted) and not result.duplicate for result in results))
    return results


class _RenderedBatch:
    """A batch with its HTML, rendered before anything is locked, so that no other transaction waits for it."""

    def __init__(self, batch: Sequence[NewMessage]) -> None:
        self.batch = batch
        authors = [new.author.pk if new.author is not None else None for new in batch]
        self.candidates = MentionCandidates(
            (new.room_id, author_id, new.content) for new, author_id in zip(batch, authors, strict=True)
        )
        self.html = [
            self.candidates.render(new.room_id, author_id, new.content)
            for new, author_id in zip(batch, authors, strict=True)
        ]


class _Batch:
    """One transaction's worth of messages, while its rooms are locked."""

    def __init__(self, rendered: _RenderedBatch) -> None:
        self.batch = batch = rendered.batch
        self.candidates, self.html = rendered.candidates, rendered.html
        room_ids = {new.room_id for new in batch}
        # In id order, so that two batches can't deadlock. Memberships are read under the lock, so that a removal takes
        # effect entirely before or entirely after this batch.
        self.rooms, self.closed = posting_sql.lock_rooms(room_ids)
        replied_to = {(new.room_id, new.reply_to) for new in batch if new.reply_to is not None}
        self.originals = messages_at(replied_to) if replied_to else {}
        authors = {new.author.pk for new in batch if new.author is not None}
        replied_authors = {original.author_id for original in self.originals.values() if original.author_id is not None}
        self.members = posting_sql.load_members(room_ids, authors | replied_authors | self.candidates.user_ids)
        self.room_mentioners = room_mentioners(self.candidates.room_mentioners)
        self.present = {place for place, member in self.members.items() if member.is_active}
        guests = {new.guest_name for new in batch if new.author is None}
        self.taken_names = UserName.objects.unavailable(guests) if guests else set()
        self.files = lock_attachments({one for new in batch for one in new.attachment_ids})
        self.files_of: dict[int, list[Attachment]] = {}  # by id() of the message, which has no id yet
        restricted = {user_id for (_, user_id), member in self.members.items() if member.restricted}
        self.mutes = mutes_of(restricted & authors) if restricted else {}
        self.existing = self._messages_by_client_id()
        self.now = timezone.now()
        self.turns = SlowModeTurns(self.rooms, authors, self.now)
        self.versions_before = {room.pk: room.version for room in self.rooms.values()}

    def _messages_by_client_id(self) -> dict[Identity, Message]:
        client_ids = {new.client_id for new in self.batch if new.client_id}
        if not client_ids:
            return {}
        existing = posting_sql.messages_with_client_ids(
            {new.room_id for new in self.batch},
            client_ids,
            by_users=any(new.author is not None for new in self.batch),
            by_guests=any(new.author is None for new in self.batch),
        )
        for room in self.rooms.values():
            load_related([message for message in existing if message.room_id == room.pk], room)
        # A message of a deleted account belongs to nobody any more: its key contains None.
        return {
            (message.room_id, message.user_name if message.guest else message.author_id, message.client_id): message
            for message in existing
        }

    def post(self) -> list[Posted | ServiceError]:
        results = [self._post_one(new, html) for new, html in zip(self.batch, self.html, strict=True)]
        created: defaultdict[int, list[Message]] = defaultdict(list)
        for result in results:
            if isinstance(result, Posted) and not result.duplicate:
                created[result.message.room_id].append(result.message)
        messages = [message for in_room in created.values() for message in in_room]
        posting_sql.insert_messages(messages)
        if self.files_of:
            self._attach_files(messages)
        record_mentions(messages, self.candidates, self.present)
        record_links(messages)
        if messages:
            add_entries([entry_of(message) for message in messages])
        changed = [self.rooms[room_id] for room_id in created]
        posting_sql.save_counters(changed, self.now)
        if any(room.listened for room in changed):
            transaction.on_commit(room_news_task.run_soon, robust=True)
        for room in changed:
            room_stream.announce_rows(room, self.versions_before[room.pk], created[room.pk])
        return results

    def _attach_files(self, messages: Sequence[Message]) -> None:
        for message in messages:
            if files := self.files_of.get(id(message)):
                attach(message, files)

    def _post_one(self, new: NewMessage, html: str) -> Posted | ServiceError:
        room = self.rooms.get(new.room_id)
        author = self.members.get((new.room_id, new.author.pk)) if new.author is not None else None
        if room is None:
            return NotFound(NO_ROOM)
        error = self._guest_error(room, new) if new.author is None else self._member_error(room, new.author, author)
        if error is not None:
            return error
        identity = (room.pk, author.pk if author is not None else new.guest_name, new.client_id)
        first = self.existing.get(identity) if new.client_id else None
        if first is not None:
            untouched = first.edited_at is None and first.deleted_at is None
            if untouched and first.content != new.content:
                return Conflict(_("already used for a message with different content."), field="client_id")
            if first.reply_to_seq != new.reply_to:
                return Conflict(_("already used for a message with a different reply_to."), field="client_id")
            if untouched and not {one.public_id for one in first.loaded_attachments} <= set(new.attachment_ids):
                return Conflict(_("already used for a message with different files."), field="client_id")
            return Posted(first, duplicate=True)
        if author is not None and (mute := self._mute(room, author)) is not None:
            return muted_error(mute)
        if room.pk in self.closed:
            return Conflict(_("This room is archived (read-only)."))
        if new.reply_to is not None and (room.pk, new.reply_to) not in self.originals:
            return NotFound(_("The message you are replying to was not found."))
        if new.attachment_ids:
            error = attachment_error(new.attachment_ids, self.files, author=author, room=room)
            if error is not None:
                return error
        # Last: a user who can't write for another reason does not lose their turn.
        if (wait := self.turns.take(room, author.pk if author is not None else None)) is not None:
            return wait
        message = self._create(room, author, new, html)
        if new.client_id:
            self.existing[identity] = message
        return Posted(message)

    def _mute(self, room: Room, author: User) -> Restriction | None:
        return self.mutes.get((None, author.pk)) or self.mutes.get((room.pk, author.pk))

    def _member_error(self, room: Room, person: User, author: User | None) -> ServiceError | None:
        """Return why this person can't post, if they can't; `author` is None when they are not a member of the room."""
        if author is None and room.kind == Room.Kind.OPEN and not room.bans.filter(user=person).exists():
            return Conflict(_("Join the room to write in it."))
        if author is None and room.kind == Room.Kind.DIRECT and room.memberships.filter(user=person).exists():
            return Conflict(SENDING_BLOCKED)
        if author is None or not author.is_active:
            return NotFound(NO_ROOM)
        return None

    def _guest_error(self, room: Room, new: NewMessage) -> ServiceError | None:
        if room.kind != Room.Kind.OPEN or room.guests == Room.Guests.NONE:
            return NotFound(NO_ROOM)
        if room.guests != Room.Guests.WRITE:
            return NotAuthenticated(_("Guests can only read here. Sign in to write."))
        if new.guest_name in self.taken_names:
            return InvalidField(_("This name belongs to an account. Sign in or choose another one."), field="user_name")
        return None

    def _create(self, room: Room, author: User | None, new: NewMessage, html: str) -> Message:
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
            html=self.candidates.render_again(
                room.pk,
                author.pk if author is not None else None,
                new.content,
                html,
                self.present,
                self.room_mentioners,
            ),
            client_id=new.client_id,
            reply_to_seq=new.reply_to,
            created_at=self.now,
        )
        if new.reply_to is not None:
            message.original = self.originals[room.pk, new.reply_to]
        if new.attachment_ids:
            # Taken: a second message of the same batch can't have them, too.
            files = [self.files.pop(one) for one in new.attachment_ids]
            self.files_of[id(message)] = files
            message.loaded_attachments = loaded(files)
        return message


def message_post(
    *,
    by: User,
    room: Room,
    content: object = None,
    client_id: object = None,
    reply_to: int | None = None,
    attachment_ids: object = None,
) -> Posted:
    """Post one message and announce it. `reply_to` is the seq of the message that it replies to.

    `attachment_ids` are files that `by` has uploaded to the room; with any, the content may be empty.

    Raises:
        MissingField, InvalidField, TooLarge: the content or client_id is not acceptable.
        NotFound: `by` may not post to the room, or there is no message to reply to, or no such file.
        Conflict: `by` has not joined an open room, the room is closed, the client_id belongs to another message, a file
            is in another message, or in a direct room one of the two has blocked the other.
        Muted: a moderator has muted `by`.
        SlowMode: the room is in slow mode, and `by` has written in it just now.
    """
    result = messages_post([checked_message(by, room, content, client_id, reply_to, attachment_ids)])[0]
    if isinstance(result, ServiceError):
        raise result
    return result


def checked_message(
    by: User,
    room: Room,
    content: object = None,
    client_id: object = None,
    reply_to: int | None = None,
    attachment_ids: object = None,
) -> NewMessage:
    """Return a message to post. Raises MissingField, InvalidField or TooLarge if its fields are not acceptable."""
    files = check_attachment_ids(attachment_ids)
    text = check_content(content, optional=bool(files))
    return NewMessage(room.pk, by, text, check_client_id(client_id), reply_to=reply_to, attachment_ids=files)
