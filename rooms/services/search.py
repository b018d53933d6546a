"""Fill the search index: newest messages first, in small transactions beside the traffic."""

from __future__ import annotations

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from chatproject.realtime import metrics
from chatproject.realtime.background.periodic import PeriodicTask
from rooms.models import Message, Room, SearchIndex
from rooms.search.index import VERSION, add_entries, entry_of, replace_entry
from rooms.search.tables import TABLE, clear_table
from rooms.selectors.attachments import load_attachments
from rooms.selectors.search_index import index_progress

BATCH = 500  # messages in a transaction
SWEEP_SECONDS = 30
EMPTY = {"version": 0, "indexed_from": 1}
BATCHES_AT_ONCE = 20  # of the periodic task, which then rests


def index_batch(size: int = BATCH) -> int | None:
    """Add the newest messages that the index lacks, at most `size`. An index of another version is emptied first.

    Returns how many ids are left, or None if the index is complete.
    """
    with transaction.atomic():
        state = SearchIndex.objects.select_for_update(no_key=True).get_or_create(pk=1, defaults=EMPTY)[0]
        if state.version != VERSION:
            _reset(state)
        if state.indexed_from <= 1:
            return None
        rows = Message.objects.filter(pk__lt=state.indexed_from).order_by("-pk")[:size]
        messages = list(rows.only("room_id", "author_id", "content", "created_at", "deleted_at"))
        attachments = load_attachments([message.pk for message in messages]) if messages else {}
        for message in messages:
            message.loaded_attachments = attachments.get(message.pk, ())
        # Oldest first: FTS5 writes out what it has collected whenever an id is not above the last one.
        if entries := [entry_of(message) for message in reversed(messages) if message.deleted_at is None]:
            add_entries(entries)
        state.indexed_from = messages[-1].pk if len(messages) == size else 1
        state.save(update_fields=["indexed_from"])
    return state.indexed_from - 1 or None


@transaction.atomic
def index_reset() -> None:
    """Empty the index, to be filled again."""
    _reset(SearchIndex.objects.select_for_update(no_key=True).get_or_create(pk=1, defaults=EMPTY)[0])


def _reset(state: SearchIndex) -> None:
    clear_table(connection)
    state.version, state.checked_at, state.wrong = VERSION, None, None
    state.indexed_from = (Message.objects.aggregate(last=Max("pk"))["last"] or 0) + 1
    state.save()


def index_some() -> None:
    """Add some messages that the index lacks, and update the metrics, as every server process does now and then."""
    for _ in range(BATCHES_AT_ONCE):
        if SearchIndex.objects.filter(version=VERSION, indexed_from__lte=1).exists():
            break
        index_batch()
    total, missing = index_progress()
    metrics.search_indexed.set(total - missing)
    metrics.search_missing.set(missing)


def check_record(wrong: int) -> None:
    """Record that the index has just been checked, and how many messages were wrong."""
    SearchIndex.objects.update(checked_at=timezone.now(), wrong=wrong)


search_task = PeriodicTask(index_some, interval=SWEEP_SECONDS, delay=5.0)


def entries_remove_of(room: Room) -> None:
    """Remove the entries of a room that is about to be deleted."""
    if connection.vendor != "sqlite":
        messages = Message._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {TABLE} USING {messages} m WHERE m.id = message_id AND m.room_id = %s", [room.pk]
            )
        return
    for message in room.messages.filter(deleted_at=None).iterator(chunk_size=BATCH):
        message.loaded_attachments = load_attachments([message.pk]).get(message.pk, ())
        replace_entry(entry_of(message), None)
