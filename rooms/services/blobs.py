"""Store the content of files once, and remove what neither an attachment nor a link preview refers to."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import timedelta
from functools import partial
from io import BytesIO
from typing import IO, Any, cast

from django.db import IntegrityError, transaction
from django.utils import timezone

from rooms.files import storage
from rooms.files.pictures import Picture
from rooms.models import Attachment, Blob

INCOMPLETE_HOURS = 2  # after which a blob without a digest is taken to be left by a process that ended
BATCH = 100


def blob_store(file: IO[bytes], *, media_type: str, picture: Picture | None, scanned: bool) -> str:
    """Store the content of a file, unless it is stored already, and return its digest. Raises Unavailable.

    `scanned` says that a virus scanner has just found nothing in it. That then holds for all files with this content.
    """
    file.seek(0)
    digest = hashlib.file_digest(cast(Any, file), "sha256").hexdigest()
    if Blob.objects.filter(digest=digest).exists():
        _mark_scanned(digest, scanned=scanned)
        return digest
    # Without a digest until its bytes are stored: if this process is killed, a sweep finds them by this row.
    blob = Blob.objects.create(
        size=file.seek(0, 2), type=media_type, scanned=scanned, **(_picture_fields(picture) if picture else {})
    )
    storage.save(blob.path, file)
    if picture is not None:
        storage.save(blob.thumbnail_path, BytesIO(picture.thumbnail))
    try:
        with transaction.atomic():
            Blob.objects.filter(pk=blob.pk).update(digest=digest)
    except IntegrityError:  # another process has stored the same content meanwhile
        _remove(blob)
        _mark_scanned(digest, scanned=scanned)
    return digest


def _mark_scanned(digest: str, *, scanned: bool) -> None:
    if scanned:
        Blob.objects.filter(digest=digest, scanned=False).update(scanned=True)


def _picture_fields(picture: Picture) -> dict[str, Any]:
    return {
        "width": picture.width,
        "height": picture.height,
        "thumbnail_width": picture.thumbnail_width,
        "thumbnail_height": picture.thumbnail_height,
        "placeholder": picture.placeholder,
        "animated": picture.animated,
    }


def attachments_delete(attachments: Collection[Attachment]) -> None:
    """Delete attachments, and after the commit their bytes, unless something else has the same content."""
    blob_ids = {one.blob_id for one in attachments}
    Attachment.objects.filter(pk__in=[one.pk for one in attachments]).delete()
    if blob_ids:
        transaction.on_commit(partial(blobs_remove_unused, blob_ids), robust=True)


def blobs_remove_unused(ids: Collection[int]) -> int:
    """Remove those of these blobs that nothing refers to, with their bytes. Returns how many."""
    removed = 0
    for blob_id in ids:
        with transaction.atomic():
            blob = Blob.objects.select_for_update().filter(pk=blob_id).first()
            if blob is None or blob.attachments.exists() or blob.previews.exists():
                continue
            # From here on nobody can refer to it. If this process is killed now, a sweep removes the rest.
            Blob.objects.filter(pk=blob_id).update(digest=None)
        removed += _remove(blob)
    return removed


def blobs_sweep() -> int:
    """Remove blobs that nothing refers to, and what killed processes have left. Returns how many."""
    removed = 0
    left = timezone.now() - timedelta(hours=INCOMPLETE_HOURS)
    for blob in Blob.objects.filter(digest=None, created_at__lt=left)[:BATCH]:
        removed += _remove(blob)
    unused = Blob.objects.filter(attachments=None, previews=None, digest__isnull=False).order_by("pk")
    while ids := list(unused.values_list("pk", flat=True)[:BATCH]):
        done = blobs_remove_unused(ids)
        removed += done
        if not done:
            break
    return removed


def _remove(blob: Blob) -> int:
    """Remove the bytes of a blob without a digest and, if that succeeds, its row."""
    if not storage.remove([blob.path, blob.thumbnail_path]):
        return 0
    return Blob.objects.filter(pk=blob.pk, digest=None).delete()[0]
