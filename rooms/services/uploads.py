"""Upload files in parts, so that an interrupted upload goes on where it stopped.

The finished file is an attachment of its owner's draft until a message is posted with it.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from typing import IO
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chatproject.realtime import metrics
from chatproject.realtime.background.periodic import PeriodicTask
from rooms.errors import Conflict, InvalidField, NotFound, TooLarge
from rooms.files import storage
from rooms.files.pictures import Picture, read_picture
from rooms.files.scanning import scan
from rooms.files.sizes import file_size
from rooms.files.types import check_extension, check_name, kind_of, media_type
from rooms.files.videos import erase_location
from rooms.models import Attachment, Blob, Room, Upload, UploadPart, User
from rooms.selectors.files import NO_UPLOAD, bytes_of, bytes_stored, get_upload
from rooms.services.blobs import attachments_delete, blob_store, blobs_sweep
from rooms.services.locking import check_may_write, membership_under_lock

HEAD_BYTES = 4096  # from which the type is detected
FREE_BYTES = 256 * 1024 * 1024  # that an upload must leave free on the disk
CHANGED = _("This is not where the upload stopped. Ask for its offset.")
SWEEP_SECONDS = 600  # between sweeps of each process
SWEEP_DELAY_SECONDS = 20  # of the first sweep after a start
BATCH = 100


def upload_create(*, by: User, room: Room, name: str, length: int) -> Upload:
    """Begin an upload of `length` bytes to a room that `by` may read.

    Raises:
        InvalidField: the file has no name, or is empty.
        TooLarge: the file is larger than allowed, or the user's or the installation's space is used up.
        Conflict: the user may not post to the room.
        Muted: a moderator has muted the user.
    """
    name = check_name(name)
    _check_may_post(by, room)
    _check_space(by, length)
    expires_at = timezone.now() + timedelta(hours=settings.UPLOAD_HOURS)
    return Upload.objects.create(room=room, owner=by, name=name, length=length, expires_at=expires_at)


def _check_may_post(by: User, room: Room) -> None:
    membership = membership_under_lock(by, room)
    if membership is None:
        raise Conflict(_("Join the room to write in it."))
    check_may_write(membership)
    if room.closed_at is not None:
        raise Conflict(_("This room is archived (read-only)."))


def _check_space(by: User, length: int) -> None:
    if length == 0:
        raise InvalidField(_("This file is empty."))
    if length > settings.MAX_FILE_BYTES:
        sizes = {"maximum": file_size(settings.MAX_FILE_BYTES), "size": file_size(length)}
        raise TooLarge(_("Files can have at most %(maximum)s; this one has %(size)s."), sizes)
    used = bytes_of(by)
    allowed = settings.FILE_BYTES_PER_USER
    if used + length > allowed:
        sentence = _(
            "Your files take %(used)s of %(allowed)s: there is no space for this one. "
            "Delete files that you no longer need."
        )
        raise TooLarge(sentence, {"used": file_size(used), "allowed": file_size(allowed)})
    if settings.FILE_BYTES_IN_TOTAL and bytes_stored() + length > settings.FILE_BYTES_IN_TOTAL:
        raise TooLarge(_("There is no space for this file on the server. Tell its admins."))
    location = settings.FILE_STORAGE["OPTIONS"].get("location")
    # Its parts are kept until all of it is stored.
    if location and shutil.disk_usage(settings.DATA_DIR).free < 3 * length + FREE_BYTES:
        raise TooLarge(_("There is no space for this file on the server's disk. Tell its admins."))


def upload_append(*, by: User, public_id: str, offset: int, part: IO[bytes]) -> int:
    """Append a part at `offset` to an upload, and return the new offset. The last part completes it: see `_complete`.

    If storing fails, the offset stays where it was. Raises what `_complete` raises, and:
        NotFound: there is no such upload.
        Conflict: the upload is at another offset.
        TooLarge: the part goes beyond the announced length, or is larger than UPLOAD_PART_BYTES.
        Unavailable: the storage failed.
    """
    upload = get_upload(by, public_id)
    if offset != upload.offset:
        raise Conflict(CHANGED, field="Upload-Offset")
    size = part.seek(0, 2)
    if size > settings.UPLOAD_PART_BYTES:
        raise TooLarge(_("Send at most %(maximum)d bytes at once."), {"maximum": settings.UPLOAD_PART_BYTES})
    if offset + size > upload.length:
        raise TooLarge(_("The upload is longer than announced."))
    if size == 0:
        return offset
    if offset + size == upload.length:
        _complete(upload, part)
        metrics.bytes_uploaded.inc(size)
        return upload.length
    path = f"{folder_of(upload)}/{uuid4().hex}"
    storage.save(path, part)
    try:
        with transaction.atomic():
            if not Upload.objects.filter(pk=upload.pk, offset=offset).update(offset=offset + size):
                raise Conflict(CHANGED, field="Upload-Offset")
            UploadPart.objects.create(upload=upload, offset=offset, size=size, path=path)
    except BaseException:
        storage.remove([path])
        raise
    metrics.bytes_uploaded.inc(size)
    return offset + size


def folder_of(upload: Upload) -> str:
    """Return the folder in the storage that holds the parts of an upload."""
    return f"uploads/{upload.public_id}"


def _complete(upload: Upload, last: IO[bytes]) -> None:
    """Check the file, store it without location data, and make it an attachment.

    Raises:
        InvalidField, TooLarge: the file is not acceptable; the upload is removed.
        RateLimited, Unavailable: the last part should be sent again later.
    """
    with tempfile.TemporaryFile(dir=settings.DATA_DIR) as file:
        for part in upload.parts.all():
            storage.copy_to(file, part.path)
        last.seek(0)
        shutil.copyfileobj(last, file)
        if file.tell() != upload.length:
            raise Conflict(CHANGED, field="Upload-Offset")
        try:
            prepared, picture, kind = _examine(file, upload)
            scanned = scan(prepared)
        except (InvalidField, TooLarge):
            _remove(upload)
            raise
        with prepared:
            _attach(upload, prepared, picture, kind, scanned=scanned)
    metrics.files_uploaded.inc()
    _remove_parts(upload)


def _examine(file: IO[bytes], upload: Upload) -> tuple[IO[bytes], Picture | None, str]:
    """Return the file as it is to be stored, what is known of it if it is a picture, and its media type."""
    file.seek(0)
    found = media_type(file.read(HEAD_BYTES), upload.name)
    check_extension(upload.name, found)
    file.seek(0)
    if kind_of(found) != "image":
        if kind_of(found) in {"video", "audio"}:
            erase_location(file)
        return file, None, found
    picture = read_picture(file, found, owner=upload.owner_id)
    if picture.content is None:
        return file, picture, picture.type
    cleaned = tempfile.TemporaryFile(dir=settings.DATA_DIR)  # noqa: SIM115  # closed by the caller
    cleaned.write(picture.content)
    return cleaned, picture, picture.type


def _attach(upload: Upload, file: IO[bytes], picture: Picture | None, media_type: str, *, scanned: bool) -> None:
    digest = blob_store(file, media_type=media_type, picture=picture, scanned=scanned)
    with transaction.atomic():
        blob = Blob.objects.select_for_update().filter(digest=digest).first()
        locked = Upload.objects.select_for_update().filter(pk=upload.pk).first()
        if blob is None or locked is None or locked.room_id is None:  # removed meanwhile
            raise NotFound(NO_UPLOAD)
        if locked.offset == locked.length:  # the last part was sent twice
            return
        Attachment.objects.create(
            public_id=locked.public_id,
            blob=blob,
            room_id=locked.room_id,
            owner_id=locked.owner_id,
            name=name_for_type(locked.name, media_type),
            expires_at=timezone.now() + timedelta(days=settings.UNSENT_FILE_DAYS),
        )
        locked.offset = locked.length
        locked.save(update_fields=["offset"])


def name_for_type(name: str, media_type: str) -> str:
    """Return the name of a file, with the extension of a JPEG if it was converted to one."""
    stem, dot, extension = name.rpartition(".")
    if media_type == "image/jpeg" and dot and extension.lower() in {"heic", "heif", "avif"}:
        return f"{stem}.jpg"
    return name


def upload_remove(*, by: User, public_id: str) -> None:
    """Remove an upload, or the file that it has become if no message has it. Raises NotFound."""
    with transaction.atomic():
        attachment = Attachment.objects.select_for_update().filter(public_id=public_id, owner=by, message=None).first()
        if attachment is not None:
            attachments_delete([attachment])
    try:
        _remove(get_upload(by, public_id))
    except NotFound:
        if attachment is None:
            raise


def _remove(upload: Upload) -> bool:
    """Remove an upload with its parts, and return whether it is gone. Otherwise a sweep removes it later."""
    Upload.objects.filter(pk=upload.pk).update(expires_at=timezone.now())
    if not _remove_parts(upload):
        return False
    Upload.objects.filter(pk=upload.pk).delete()
    return True


def _remove_parts(upload: Upload) -> bool:
    # The whole folder, because a process that was killed may have stored a part without its row.
    if not storage.remove_folder(folder_of(upload)):
        return False
    upload.parts.all().delete()
    return True


def uploads_forget() -> None:
    """Delete all unfinished uploads, whose parts a restored database does not have."""
    Upload.objects.all().delete()


def files_sweep() -> int:
    """Remove expired uploads, files that were never sent, and blobs that nothing refers to.

    Returns how many it removed. As long as there are any, there may be more.
    """
    now = timezone.now()
    removed = sum(_remove(upload) for upload in Upload.objects.filter(expires_at__lt=now)[:BATCH])
    with transaction.atomic():
        found = Attachment.objects.select_for_update(skip_locked=True).filter(message=None, expires_at__lt=now)
        unsent = list(found.order_by("pk")[:BATCH])
        attachments_delete(unsent)
    removed += len(unsent) + blobs_sweep()
    metrics.stored_bytes.set(bytes_stored())
    return removed


files_task = PeriodicTask(files_sweep, interval=SWEEP_SECONDS, delay=SWEEP_DELAY_SECONDS)
