"""The files of messages: taken from the author's draft when a message is posted, and deleted one by one."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from rooms.errors import Conflict, InvalidField, NotFound, ServiceError
from rooms.models import Attachment, AuditAction, Message, Room, User
from rooms.search.index import entry_of, replace_entry
from rooms.selectors.attachments import load_attachments
from rooms.selectors.files import NO_FILE
from rooms.services.blobs import attachments_delete
from rooms.services.locking import lock_room
from rooms.services.message_changes import save_text
from rooms.services.messages import get_deletable_message, message_delete, record_use

ID_LENGTH = 36
NOT_READY = _("A file is not uploaded yet, or no longer. Upload it again.")
ALREADY_SENT = _("A file is in another message already.")


def check_attachment_ids(ids: object) -> tuple[str, ...]:
    """Return the ids of a new message's files if they are well-formed. Raises InvalidField."""
    if ids is None:
        return ()
    if not isinstance(ids, list | tuple) or not all(isinstance(one, str) and len(one) == ID_LENGTH for one in ids):
        raise InvalidField(_("%(field)s must be a list of ids of files."), {"field": "attachment_ids"})
    if len(ids) > settings.MAX_FILES_PER_MESSAGE:
        sentence = ngettext_lazy(
            "A message has at most %(maximum)d file.", "A message has at most %(maximum)d files.", "maximum"
        )
        raise InvalidField(sentence, {"maximum": settings.MAX_FILES_PER_MESSAGE}, field="attachment_ids")
    if len(set(ids)) < len(ids) or not all(one.isascii() and one.isprintable() for one in ids):
        raise InvalidField(_("%(field)s must be a list of ids of files, each once."), {"field": "attachment_ids"})
    return tuple(ids)


def lock_attachments(ids: Collection[str]) -> dict[str, Attachment]:
    """Lock files until the transaction ends, so that they get into one message only. Returns them by id."""
    if not ids:
        return {}
    rows = Attachment.objects.select_for_update(of=("self",)).select_related("blob").filter(public_id__in=ids)
    return {one.public_id: one for one in rows.order_by("pk")}


def attachment_error(
    ids: Sequence[str], locked: dict[str, Attachment], *, author: User | None, room: Room
) -> ServiceError | None:
    """Return why a message of this author in this room can't have these files, or None if it can."""
    for public_id in ids:
        one = locked.get(public_id)
        if one is None or author is None or one.owner_id != author.pk or one.room_id != room.pk:
            return NotFound(NOT_READY, field="attachment_ids")
        if one.message_id is not None:
            return Conflict(ALREADY_SENT, field="attachment_ids")
    return None


def attach(message: Message, files: Sequence[Attachment]) -> None:
    """Put locked files into a new, saved message, in this order."""
    for position, one in enumerate(files):
        one.message, one.position, one.expires_at = message, position, None
    Attachment.objects.bulk_update(files, ["message", "position", "expires_at"])


@transaction.atomic
def attachment_delete(*, by: User, room: Room, seq: int, attachment_id: str) -> Message:
    """Delete one file of a message, with its bytes. A message without text and other files is deleted.

    For those who may delete the message. Raises NotFound.
    """
    locked = lock_room(room)
    message = get_deletable_message(by, locked, seq)
    attachment = message.attachments.filter(public_id=attachment_id).first() if "\0" not in attachment_id else None
    if attachment is None:
        raise NotFound(NO_FILE)
    if not message.content and message.attachments.count() == 1:
        return message_delete(by=by, room=room, seq=seq)
    record_use(AuditAction.MESSAGE_FILE_DELETED, by, locked, message, file=attachment.name)
    before = entry_of(message)
    attachments_delete([attachment])
    message.loaded_attachments = load_attachments([message.pk]).get(message.pk, ())
    replace_entry(before, entry_of(message))
    save_text(locked, message)
    return message
