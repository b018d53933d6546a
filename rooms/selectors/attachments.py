"""The files of messages, for their wire form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import connection

from rooms.models import Attachment, Blob, LoadedAttachment

FIELDS_OF_BLOB = LoadedAttachment._fields[2:]
COLUMNS = ", ".join(["a.public_id", "a.name", *(f"b.{name}" for name in FIELDS_OF_BLOB)])


def load_attachments(message_ids: Sequence[int]) -> dict[int, list[LoadedAttachment]]:
    """Return the attachments by message id, in their order. In SQL for the same reason as the reactions."""
    found: defaultdict[int, list[LoadedAttachment]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT a.message_id, a.position, a.id, {COLUMNS} FROM {Attachment._meta.db_table} a"
            f" JOIN {Blob._meta.db_table} b ON b.id = a.blob_id"
            f" WHERE a.message_id IN ({', '.join(['%s'] * len(message_ids))})",
            message_ids,
        )
        for message_id, _, _, *values in sorted(cursor.fetchall(), key=lambda row: row[:3]):
            found[message_id].append(_loaded(values))
    return found


def loaded(attachments: Iterable[Attachment]) -> list[LoadedAttachment]:
    """Return attachments, with their blobs, as the wire form needs them."""
    return [
        _loaded([one.public_id, one.name, *(getattr(one.blob, name) for name in FIELDS_OF_BLOB)]) for one in attachments
    ]


def _loaded(values: Sequence[object]) -> LoadedAttachment:
    row = LoadedAttachment._make(values)
    return row._replace(animated=bool(row.animated), scanned=bool(row.scanned))  # SQLite has numbers
