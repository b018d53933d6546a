"""Link previews: fetched after the commit of the messages, once for all messages with the same link.

Every server process does this work, each step in a transaction of its own. `MessagePreview.pending` marks the links for
which it is still to be decided whether their message shows a preview, and `LinkPreview.due_at` the pages to fetch: what
a killed process has left, another one finds.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from chatproject.outgoing.errors import OutgoingError
from chatproject.outgoing.threads import in_own_thread
from chatproject.realtime import metrics
from chatproject.realtime.background.periodic import PeriodicTask
from chatproject.realtime.database import in_database
from rooms.errors import Unavailable
from rooms.models import Blob, LinkPreview, MessagePreview, Room
from rooms.selectors.messages import get_message
from rooms.services.blobs import blob_store
from rooms.services.message_changes import save_change

if TYPE_CHECKING:
    from rooms.previews.cards import Card, CardPicture

MAX_FETCHES = 4  # at once, per server process
MAX_ATTEMPTS = 2  # the second only if a process was killed during the first
CLAIM_SECONDS = 60  # after which a process that has not reported is taken to have been killed
SWEEP_SECONDS = 30  # how often each process looks for what others have left
BATCH = 100
# How long a preview is given to new messages.
LIFETIMES = {
    LinkPreview.State.FETCHED: timedelta(days=7),
    LinkPreview.State.NONE: timedelta(days=1),
    LinkPreview.State.FAILED: timedelta(hours=1),
}
UNEXPECTED = "unexpected error, see the log"
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Result:
    """The card of a link, or why there is none."""

    card: Card | None = None
    error: str = ""


def previews_link() -> int:
    """Connect the links of new messages with previews, existing ones or new ones, which are to be fetched.

    Links in rooms without previews are forgotten. Returns how many links it has processed, at most BATCH.
    """
    if not MessagePreview.objects.filter(pending=True, preview=None).exists():
        return 0
    with transaction.atomic():
        new = MessagePreview.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        rows = list(new.filter(pending=True, preview=None).select_related("message__room").order_by("pk")[:BATCH])
        wanted = [row for row in rows if row.message.room.link_previews]
        MessagePreview.objects.filter(pk__in={row.pk for row in rows} - {row.pk for row in wanted}).delete()
        previews = _previews_of({row.url for row in wanted})
        for row in wanted:
            row.preview = previews[row.url]
        MessagePreview.objects.bulk_update(wanted, ["preview"])
    return len(rows)


def _previews_of(urls: Collection[str]) -> dict[str, LinkPreview]:
    digests = {sha256(url.encode()).hexdigest(): url for url in urls}
    known = LinkPreview.objects.filter(digest__in=digests)
    known.filter(expires_at__lte=timezone.now(), due_at=None).update(digest=None)
    # In the same order in every process, so that two of them can't deadlock.
    LinkPreview.objects.bulk_create(
        [LinkPreview(url=digests[digest], digest=digest) for digest in sorted(digests)], ignore_conflicts=True
    )
    return {preview.url: preview for preview in known.all()}


def preview_claim() -> LinkPreview | None:
    """Return a preview whose page is to be fetched now; no other process fetches it. None if there is none."""
    if not _due().exists():
        return None
    with transaction.atomic():
        given_up = _due().filter(attempts__gte=MAX_ATTEMPTS)
        given_up.update(**_outcome(LinkPreview.State.FAILED), error="given up")
        preview = _due().select_for_update(skip_locked=True, no_key=True).order_by("due_at").first()
        if preview is not None:
            preview.due_at = timezone.now() + timedelta(seconds=CLAIM_SECONDS)
            preview.attempts += 1
            preview.save(update_fields=["due_at", "attempts"])
    return preview


def _due() -> QuerySet[LinkPreview]:
    return LinkPreview.objects.filter(due_at__lte=timezone.now())


def preview_fetch(url: str) -> Result:
    """Fetch the page of a link. Uses no database."""
    from rooms.previews.cards import make_card  # with an HTTP client, which would take time at the server's start

    try:
        return Result(make_card(url))
    except OutgoingError as error:
        return Result(error=str(error))
    except Exception:  # whatever it is, it must not be fetched for ever
        logger.exception("link preview failed")
        return Result(error=UNEXPECTED)


def preview_finish(preview: LinkPreview, result: Result) -> None:
    """Keep what a claimed preview shows, or that it shows nothing, unless another process has done that."""
    card = result.card
    state = LinkPreview.State.FAILED if card is None else LinkPreview.State.NONE
    values: dict[str, object] = {"error": "".join(filter(str.isprintable, result.error))[:200]}
    if card is not None and card.title:
        state = LinkPreview.State.FETCHED
        values |= {"title": card.title, "site": card.site, "description": card.description}
    digest = _stored(card.picture) if card is not None and card.picture is not None else None
    (metrics.previews_failed if state == LinkPreview.State.FAILED else metrics.previews_fetched).inc()
    with transaction.atomic():
        claimed = LinkPreview.objects.filter(pk=preview.pk, due_at=preview.due_at)
        # Locked, so that nothing removes the picture before the preview refers to it.
        picture = Blob.objects.select_for_update().filter(digest=digest).first() if digest else None
        if picture is not None and card is not None and card.picture is not None:
            values |= {"picture_width": card.picture.width, "picture_height": card.picture.height}
        claimed.update(**_outcome(state), **values, picture=picture)


def _outcome(state: LinkPreview.State) -> dict[str, object]:
    now = timezone.now()
    return {"state": state, "due_at": None, "fetched_at": now, "expires_at": now + LIFETIMES[state]}


def _stored(picture: CardPicture) -> str | None:
    try:
        return blob_store(BytesIO(picture.content), media_type="image/webp", picture=None, scanned=False)
    except Unavailable:  # which is logged
        return None


def previews_show() -> int:
    """Let messages show the previews that have been fetched, and announce that. Returns how many were decided."""
    decided = MessagePreview.objects.filter(pending=True, preview__isnull=False, preview__due_at=None)
    by_room: defaultdict[int, set[int]] = defaultdict(set)
    for room_id, seq in decided.order_by("pk").values_list("message__room", "message__seq")[:BATCH]:
        by_room[room_id].add(seq)
    return sum(_show_in(room_id, seqs) for room_id, seqs in by_room.items())


@transaction.atomic
def _show_in(room_id: int, seqs: Collection[int]) -> int:
    room = Room.objects.select_for_update(no_key=True).filter(pk=room_id).first()
    if room is None:
        return 0
    # Read under the lock: edits and other processes change them under it, too.
    rows = MessagePreview.objects.filter(message__room=room, message__seq__in=seqs, pending=True, preview__due_at=None)
    changed: set[int] = set()
    decided = list(rows.select_related("preview", "message"))
    for row in decided:
        assert row.preview is not None
        shows = row.removed_at is None and row.preview.state == LinkPreview.State.FETCHED
        if shows or row.shown:
            changed.add(row.message.seq)
        row.shown, row.pending = shows, False
        row.save(update_fields=["shown", "pending"])
    for seq in sorted(changed):
        save_change(room, get_message(room, seq))
    return len(decided)


def preview_refetch(preview: LinkPreview) -> None:
    """Have the page of a preview fetched again, for the messages that have it, too."""
    with transaction.atomic():
        LinkPreview.objects.filter(pk=preview.pk).update(due_at=timezone.now(), attempts=0)
        MessagePreview.objects.filter(preview=preview, removed_at=None).update(pending=True)
    previews_task.run_soon()


def previews_sweep() -> int:
    """Remove expired previews that no message has. Returns how many. Their pictures go with unused files."""
    expired = LinkPreview.objects.filter(expires_at__lte=timezone.now(), due_at=None)
    expired.filter(digest__isnull=False).update(digest=None)  # from here on no message can get them
    return expired.filter(digest=None, messages=None).delete()[0]


_running: set[asyncio.Task[None]] = set()


async def previews_run() -> None:
    """Start fetching what is due, as much as may run at once. The rest follows when that is done."""
    if not settings.LINK_PREVIEWS:
        return
    while await in_database(previews_link) == BATCH:
        pass
    while await in_database(previews_show):
        pass
    while len(_running) < MAX_FETCHES and (preview := await in_database(preview_claim)) is not None:
        task = asyncio.create_task(_fetch(preview))
        _running.add(task)
        task.add_done_callback(_fetched)


async def _fetch(preview: LinkPreview) -> None:
    result = await in_own_thread(preview_fetch, preview.url)
    await in_database(preview_finish, preview, result)


def _fetched(task: asyncio.Task[None]) -> None:
    _running.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.warning("link preview not saved, trying again in %s s: %r", CLAIM_SECONDS, error)
    previews_task.run_soon()


previews_task = PeriodicTask(previews_run, interval=SWEEP_SECONDS, delay=0.05)
previews_sweep_task = PeriodicTask(previews_sweep, interval=600, delay=25.0)
