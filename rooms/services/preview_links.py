"""The links of messages that have a preview. They are recorded with the message; `previews.py` fetches them later."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.db import transaction

from rooms.models import Message, MessagePreview
from rooms.previews.links import links_with_preview, may_have_previews
from rooms.services.previews import previews_task


def record_links(messages: Sequence[Message]) -> None:
    """Record the links of new messages. Without any, nothing is queried."""
    if not settings.LINK_PREVIEWS:
        return
    rows = [row for message in messages if may_have_previews(message.html) for row in _rows(message)]
    if rows:
        _create(rows)


def update_links(message: Message) -> None:
    """Record which links an edited message of a locked room has now; new ones get a preview, missing ones lose it.

    Removed previews stay recorded, whether or not the text still has the link, so that they don't come back.
    """
    before = {row.url: row for row in message.previews.all()}
    wanted = {row.url: row for row in _rows(message)} if settings.LINK_PREVIEWS or before else {}
    gone = [row.pk for url, row in before.items() if url not in wanted and row.removed_at is None]
    message.previews.filter(pk__in=gone).delete()
    for url, row in wanted.items():
        if url in before and before[url].position != row.position:
            message.previews.filter(pk=before[url].pk).update(position=row.position)
    remaining = {one.url: one for one in message.loaded_previews}
    message.loaded_previews = [remaining[url] for url in wanted if url in remaining]
    new = [row for url, row in wanted.items() if url not in before]
    if new and settings.LINK_PREVIEWS:
        _create(new)


def _rows(message: Message) -> list[MessagePreview]:
    urls = links_with_preview(message.content, message.html)
    return [MessagePreview(message=message, position=position, url=url) for position, url in enumerate(urls)]


def _create(rows: list[MessagePreview]) -> None:
    MessagePreview.objects.bulk_create(rows)
    transaction.on_commit(previews_task.run_soon, robust=True)
