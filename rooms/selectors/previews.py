"""The previews of links in messages, for their wire form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.db import connection

from rooms.models import Blob, LinkPreview, LoadedPreview, Message, MessagePreview
from rooms.previews.links import may_have_previews


def load_previews(messages: Sequence[Message]) -> dict[int, list[LoadedPreview]]:
    """Return the previews that messages show by message id, in their order. Without links, nothing is queried."""
    ids = [message.pk for message in messages if may_have_previews(message.html)]
    found: defaultdict[int, list[LoadedPreview]] = defaultdict(list)
    if not ids:
        return found
    with connection.cursor() as cursor:  # in SQL for the same reason as the reactions
        cursor.execute(
            "SELECT m.message_id, m.position, m.id, m.url, p.title, p.site, p.description,"
            f" b.key, p.picture_width, p.picture_height FROM {MessagePreview._meta.db_table} m"
            f" JOIN {LinkPreview._meta.db_table} p ON p.id = m.preview_id"
            f" LEFT JOIN {Blob._meta.db_table} b ON b.id = p.picture_id"
            f" WHERE m.message_id IN ({', '.join(['%s'] * len(ids))}) AND m.shown",
            ids,
        )
        for message_id, _, *values in sorted(cursor.fetchall(), key=lambda row: row[:3]):
            found[message_id].append(LoadedPreview._make(values))
    return found


def get_preview_picture(key: str) -> Blob | None:
    """Return the picture of a preview by the key in its address, or None."""
    return Blob.objects.filter(key=key, previews__isnull=False).first()
