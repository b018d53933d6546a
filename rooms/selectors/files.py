"""Files and uploads, and who may have them."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chatproject.prepared_query import PreparedQuery
from rooms.errors import NotFound
from rooms.models import Attachment, Blob, Room, Upload, User
from rooms.selectors.rooms import GUESTS_MAY_READ, readable_by

NO_FILE = _("File not found.")
NO_UPLOAD = _("Upload not found, or it has expired.")

_file_for_user = PreparedQuery(
    lambda user_id, public_id: Attachment.objects.select_related("blob").filter(
        Q(message=None, owner=user_id) | Q(message__isnull=False, room__in=Room.objects.filter(readable_by(user_id))),
        public_id=public_id,
    )
)
_file_for_guest = PreparedQuery(
    lambda public_id: Attachment.objects.select_related("blob").filter(
        message__isnull=False, room__in=Room.objects.filter(GUESTS_MAY_READ), public_id=public_id
    )
)


def get_file_for(user: User | AnonymousUser, public_id: str) -> Attachment:
    """Return a file, with its blob, if the user may read its message; a file that was not sent is its owner's only.

    Raises NotFound for every other file.
    """
    if "\0" in public_id:
        raise NotFound(NO_FILE)
    if isinstance(user, User) and user.is_active:
        found = _file_for_user.all(user.pk, public_id)
    else:
        found = _file_for_guest.all(public_id)
    if not found:
        raise NotFound(NO_FILE)
    return found[0]


def room_files(room: Room, *, before: str | None = None, limit: int) -> list[Attachment]:
    """Return the files in a room's messages, newest first, at most `limit`; with `before`, those older than that file.

    Each has its blob, and its message with the author. Raises NotFound if the room has no file `before`.
    """
    files = Attachment.objects.filter(room=room, message__isnull=False).select_related("blob", "message__author")
    if before is not None:
        last = files.filter(public_id=before).first() if "\0" not in before else None
        if last is None:
            raise NotFound(NO_FILE)
        files = files.filter(Q(message__lt=last.message_id) | Q(message=last.message_id, position__gt=last.position))
    return list(files.order_by("-message", "position")[:limit])


def get_upload(owner: User, public_id: str) -> Upload:
    """Return a user's own upload. Raises NotFound."""
    found = Upload.objects.filter(owner=owner, public_id=public_id, expires_at__gt=timezone.now(), room__isnull=False)
    upload = found.first() if "\0" not in public_id else None
    if upload is None:
        raise NotFound(NO_UPLOAD)
    return upload


def get_uploaded(owner: User, public_id: str) -> Attachment | None:
    """Return the file that a user's own upload has become, with its blob, or None."""
    if "\0" in public_id:
        return None
    return Attachment.objects.select_related("blob").filter(owner=owner, public_id=public_id).first()


def unfinished_uploads() -> QuerySet[Upload]:
    """Return the uploads of which parts are missing."""
    return Upload.objects.filter(offset__lt=F("length"), expires_at__gt=timezone.now())


def bytes_of(user: User) -> int:
    """Return how many bytes a user's files have, with those still being uploaded as announced."""
    files = Attachment.objects.filter(owner=user).aggregate(sum=Sum("blob__size"))["sum"] or 0
    return int(files + (unfinished_uploads().filter(owner=user).aggregate(sum=Sum("length"))["sum"] or 0))


def bytes_stored() -> int:
    """Return how many bytes all files take, with those still being uploaded as announced."""
    files = Blob.objects.aggregate(sum=Sum("size"))["sum"] or 0
    return int(files + (unfinished_uploads().aggregate(sum=Sum("length"))["sum"] or 0))
