"""Edit and delete messages."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.errors import Conflict, InvalidField, NotFound
from rooms.markdown import room_mention_in
from rooms.models import AuditAction, Membership, Message, Revision, Room, RoomMention, User
from rooms.search.index import entry_of, replace_entry
from rooms.selectors.messages import NO_MESSAGE, get_message
from rooms.selectors.room_mentions import room_mentioners
from rooms.services import posting_sql
from rooms.services.audit import audit_record
from rooms.services.blobs import attachments_delete
from rooms.services.locking import check_may_write, check_not_muted, lock_room, membership_under_lock
from rooms.services.mentions import MentionCandidates, update_mentions
from rooms.services.message_changes import save_text
from rooms.services.preview_links import update_links
from rooms.services.text_rules import NO_TEXT, check_content, is_visible

MODERATORS = {Membership.Role.OWNER, Membership.Role.MODERATOR}


def message_edit(*, by: User, room: Room, seq: int, content: object, base_version: int | None = None) -> Message:
    """Edit the user's own message, keep the previous content as a revision, and announce the change.

    `base_version` is the version of the message that the edit started from.

    Raises:
        MissingField, InvalidField, TooLarge: the content is not acceptable.
        NotFound: there is no such message, or it is somebody else's.
        Muted: a moderator has muted `by`.
        Conflict: the message is deleted or was edited after `base_version`, the room is closed, or in a direct room one
            of the two has blocked the other.
    """
    text = check_content(content, optional=content is not None)  # that needs files is checked under the lock
    candidates = MentionCandidates([(room.pk, by.pk, text)])
    html = candidates.render(room.pk, by.pk, text)  # rendered before the room is locked
    with transaction.atomic():
        locked = lock_room(room)
        member = membership_under_lock(by, locked)
        message = get_message(locked, seq)
        if member is None or message.author_id != by.pk:
            raise NotFound(NO_MESSAGE)
        check_may_write(member)
        if message.deleted_at is not None:
            raise Conflict(_("This message was deleted."))
        if locked.closed_at is not None:
            raise Conflict(_("This room is archived (read-only)."))
        if not is_visible(text) and not message.loaded_attachments:
            raise InvalidField(NO_TEXT)
        if text != message.content:
            if base_version is not None and base_version < (message.edited_version or 0):
                raise Conflict(_("This message was edited in the meantime."))
            _apply_edit(locked, message, text, html, candidates)
    return message


def _apply_edit(room: Room, message: Message, content: str, html: str, candidates: MentionCandidates) -> None:
    written_at = message.edited_at or message.created_at
    Revision.objects.create(message=message, content=message.content, written_at=written_at)
    mentionable = set(candidates.user_ids)
    if message.original is not None and message.original.author_id is not None:
        mentionable.add(message.original.author_id)
    members = posting_sql.load_members([room.pk], mentionable)
    present = {place for place, member in members.items() if member.is_active}
    before, room_mention_before = entry_of(message), room_mention_in(message.html)
    message.content, message.edited_at = content, timezone.now()
    message.edited_version = room.version + 1
    mentioners = room_mentioners(candidates.room_mentioners)
    message.html = candidates.render_again(room.pk, message.author_id, content, html, present, mentioners)
    update_mentions(message, candidates, present, room_mention_before)
    update_links(message)
    replace_entry(before, entry_of(message))
    save_text(room, message, "content", "html", "edited_at", "edited_version")


@transaction.atomic
def message_delete(*, by: User, room: Room, seq: int) -> Message:
    """Delete a message, which leaves a tombstone. Idempotent.

    Authors may delete their own messages, the room's owners and moderators and staff all of them. Revisions, reactions,
    mentions, previews and files of the message are deleted for good, and it is no longer pinned or saved.

    Raises NotFound when there is no such message, or `by` may not delete it.
    """
    locked = lock_room(room)
    message = get_deletable_message(by, locked, seq)
    if message.deleted_at is None:
        files = {"files": len(message.loaded_attachments)} if message.loaded_attachments else {}
        record_use(AuditAction.MESSAGE_DELETED, by, locked, message, **files)
        replace_entry(entry_of(message), None)
        message.content, message.html, message.deleted_at = "", "", timezone.now()
        message.pinned_at = message.pinned_by = None
        RoomMention.objects.filter(message=message).delete()  # first: waits until mentions of it have been written
        for rows in (message.revisions, message.reactions, message.mentions, message.previews, message.saved_by):
            rows.all().delete()
        attachments_delete(message.attachments.all())
        message.loaded_reactions, message.loaded_attachments, message.loaded_previews = (), (), ()
        save_text(locked, message, "content", "html", "deleted_at", "pinned_at", "pinned_by")
    return message


def get_deletable_message(by: User, room: Room, seq: int) -> Message:
    """Return a message of a locked room that `by` may delete. Raises NotFound, or Muted for those of others."""
    member = membership_under_lock(by, room)
    message = get_message(room, seq)
    is_own = member is not None and message.author_id == by.pk
    if not (is_own or by.is_staff or (member is not None and member.role in MODERATORS)):
        raise NotFound(NO_MESSAGE)
    if not is_own:
        check_not_muted(by.pk, room.pk)
    return message


def record_use(action: AuditAction, by: User, room: Room, message: Message, **before: str | int) -> None:
    """Record what was done to the message of somebody else. What people do to their own is not recorded."""
    if message.author_id == by.pk:
        return
    about = {"written": message.created_at, "characters": len(message.content), **before}
    if message.author is None:
        about["author"] = message.user_name
    audit_record(action, by=by, room=room, user=message.author, target=message.seq, before=about)
