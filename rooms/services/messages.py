"""Changing and deleting messages."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from rooms import signals
from rooms.errors import Conflict, NotFound
from rooms.events import room_stream
from rooms.models import Membership, Message, Revision, Room, User
from rooms.selectors.messages import NO_MESSAGE, get_message
from rooms.services import posting_sql
from rooms.services.locking import check_not_blocked, lock_room, membership_under_lock
from rooms.services.mentions import MentionCandidates, update_mentions
from rooms.services.text_rules import check_content

MODERATORS = {Membership.Role.OWNER, Membership.Role.MODERATOR}


def message_edit(*, by: User, room: Room, seq: int, content: object, base_version: int | None = None) -> Message:
    """Give one's own message another content, keep what it said before, and announce it.

    `base_version` is the version of the message that the author had before them.

    Raises:
        MissingField, InvalidField, TooLarge: the content won't do.
        NotFound: no such message, or not one's own.
        Conflict: it is deleted, or the room is closed, or it was edited after `base_version`.
    """
    text = check_content(content)
    candidates = MentionCandidates([(room.pk, text)])
    html = candidates.render(room.pk, text)  # before the room is locked
    with transaction.atomic():
        locked = lock_room(room)
        member = membership_under_lock(by, locked)
        message = get_message(locked, seq)
        if member is None or message.author_id != by.pk:
            raise NotFound(NO_MESSAGE)
        check_not_blocked(member)
        if message.deleted_at is not None:
            raise Conflict("This message was deleted.")
        if locked.closed_at is not None:
            raise Conflict("This room is archived (read-only).")
        if text != message.content:
            if base_version is not None and base_version < (message.edited_version or 0):
                raise Conflict("This message was edited in the meantime.")
            _change(locked, message, text, html, candidates)
    return message


def _change(room: Room, message: Message, content: str, html: str, candidates: MentionCandidates) -> None:
    written_at = message.edited_at or message.created_at
    Revision.objects.create(message=message, content=message.content, written_at=written_at)
    called = set(candidates.user_ids)
    if message.original is not None and message.original.author_id is not None:
        called.add(message.original.author_id)
    members = posting_sql.load_members([room.pk], called)
    present = {place for place, member in members.items() if member.is_active}
    message.content, message.edited_at = content, timezone.now()
    message.edited_version = room.version + 1
    message.html = candidates.render_again(room.pk, content, html, present)
    update_mentions(message, candidates, present)
    _save_text(room, message, "content", "html", "edited_at", "edited_version")


@transaction.atomic
def message_delete(*, by: User, room: Room, seq: int) -> Message:
    """Make a message a tombstone: one's own, or anybody's for the room's moderators and for staff. Idempotent.

    What hangs on it is gone for good: earlier contents, reactions, mentions.

    Raises NotFound when there is no such message or it isn't theirs to delete.
    """
    locked = lock_room(room)
    member = membership_under_lock(by, locked)
    message = get_message(locked, seq)
    own = member is not None and message.author_id == by.pk
    if not (own or by.is_staff or (member is not None and member.role in MODERATORS)):
        raise NotFound(NO_MESSAGE)
    if message.deleted_at is None:
        message.content, message.html, message.deleted_at = "", "", timezone.now()
        for rows in (message.revisions, message.reactions, message.mentions):
            rows.all().delete()
        message.loaded_reactions = ()
        _save_text(locked, message, "content", "html", "deleted_at")
    return message


def _save_text(room: Room, message: Message, *fields: str) -> None:
    """`save_change` of what a message says; whatever else holds it follows."""
    save_change(room, message, *fields, rewritten=True)
    signals.message_text_changed.send(Message, message=message)


def save_change(room: Room, message: Message, *fields: str, rewritten: bool = False) -> None:
    """Give a locked room and a message of it their next version, save the message's changed fields, and announce it.

    `rewritten`: it says something else now, as do the quotes of it.
    """
    after = room.version
    room.version += 1
    message.version = room.version
    room.save(update_fields=["version"])
    message.save(update_fields=["version", *fields])
    room_stream.announce_rows(room, after, [message], rewritten=rewritten)
