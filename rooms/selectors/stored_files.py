"""What is in the storage of files, compared with the database; and how much space it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import BigIntegerField, Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from rooms.files.storage import get_storage
from rooms.models import Attachment, Blob, Upload, UploadPart
from rooms.selectors.files import unfinished_uploads

BATCH = 1000
THUMBNAIL = ".webp"


class Space(NamedTuple):
    """The files of a person or room. Content that several messages have counts for each of them."""

    name: str
    files: int
    size: int


@dataclass(frozen=True, slots=True)
class Stray:
    """A file in the storage that nothing in the database refers to."""

    path: str
    size: int
    modified_at: datetime


def stored_names() -> Iterator[str]:
    """Yield the names in the storage of all files and thumbnails, without parts of unfinished uploads."""
    # In batches: a long read would hold up SQLite's checkpoints.
    last, blobs = 0, Blob.objects.filter(digest__isnull=False).order_by("pk")
    while batch := list(blobs.filter(pk__gt=last)[:BATCH]):
        last = batch[-1].pk
        for blob in batch:
            yield from _names_of(blob)


def _names_of(blob: Blob) -> list[str]:
    """Return the names in the storage of a blob's file and its thumbnail."""
    return [blob.path] if blob.thumbnail_width is None else [blob.path, blob.thumbnail_path]


def missing_files() -> Iterator[tuple[str, list[str]]]:
    """Yield what is not in the storage but should be: its name there, and the names of the files that it belongs to."""
    folders = set(_list("files")[0])
    for number in range(256):  # a folder at a time, which is one request to S3 instead of one for each file
        prefix = f"{number:02x}"
        names = _list(f"files/{prefix}")[1] if prefix in folders else []
        stored = {f"files/{prefix}/{name}" for name in names}
        # Keys consist of hexadecimal digits.
        blobs = Blob.objects.filter(digest__isnull=False, key__gte=prefix, key__lt=f"{prefix}g")
        for blob in blobs.order_by("key"):
            for name in _names_of(blob):
                if name not in stored and not get_storage().exists(name) and _is_complete(blob):
                    yield name, [one.name for one in blob.attachments.all()]
    for part in UploadPart.objects.filter(upload__in=unfinished_uploads()).select_related("upload").order_by("pk"):
        if not get_storage().exists(part.path) and UploadPart.objects.filter(pk=part.pk).exists():
            yield part.path, [part.upload.name]


def _is_complete(blob: Blob) -> bool:
    """Whether the blob has not been removed since it was read."""
    return Blob.objects.filter(pk=blob.pk, digest__isnull=False).exists()


def stray_files(*, older_than: timedelta = timedelta(0)) -> Iterator[Stray]:
    """Yield the files in the storage that nothing in the database refers to, and that were stored this long ago.

    A file is stored after its row, so that one without a row will have none.
    """
    before = timezone.now() - older_than
    for path in _paths_without_row():
        try:
            stray = Stray(path, get_storage().size(path), get_storage().get_modified_time(path))
        except FileNotFoundError:  # removed meanwhile
            continue
        if stray.modified_at <= before:
            yield stray


def _paths_without_row() -> Iterator[str]:
    for folder in _list("files")[0]:
        names = _list(f"files/{folder}")[1]
        for start in range(0, len(names), BATCH):
            batch = names[start : start + BATCH]
            keys = {name.removesuffix(THUMBNAIL) for name in batch}
            known = set(Blob.objects.filter(key__in=keys).values_list("key", flat=True))
            yield from (f"files/{folder}/{name}" for name in batch if name.removesuffix(THUMBNAIL) not in known)
    for folder in _list("uploads")[0]:
        names = _list(f"uploads/{folder}")[1]
        if not Upload.objects.filter(public_id=folder).exists():
            yield from (f"uploads/{folder}/{name}" for name in names)


def _list(path: str) -> tuple[list[str], list[str]]:
    """Return the folders and files in a folder of the storage."""
    try:
        return get_storage().listdir(path)
    except (FileNotFoundError, NotADirectoryError):  # nothing is stored yet, or no longer
        return [], []


def space_by_person(limit: int) -> list[Space]:
    """Return whose files take most space, sent or not, at most `limit` people."""
    return _space("owner__username", Q(), limit)


def space_by_room(limit: int) -> list[Space]:
    """Return which rooms' messages have most bytes of files, at most `limit` rooms."""
    return _space("room__name", Q(message__isnull=False), limit)


def _space(name: str, condition: Q, limit: int) -> list[Space]:
    rows = Attachment.objects.filter(condition).order_by().values(name).annotate(n=Count("pk"), size=Sum("blob__size"))
    return [
        Space(row[name] or "(deleted accounts)", row["n"], row["size"]) for row in rows.order_by("-size", name)[:limit]
    ]


def file_bytes_of(field: str) -> Coalesce:
    """Return an expression for the bytes of a row's files; `field` is the attachment's field that refers to the row."""
    files = Attachment.objects.filter(**{field: OuterRef("pk")}).order_by().values(field)
    return Coalesce(Subquery(files.annotate(sum=Sum("blob__size")).values("sum")), 0, output_field=BigIntegerField())


def total_space(files: QuerySet[Attachment]) -> tuple[int, int]:
    """Return how many files these are, and their bytes."""
    found = files.aggregate(n=Count("pk"), size=Sum("blob__size"))
    return found["n"], found["size"] or 0
