"""The state of the search index."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Sum

from rooms.models import Message, Room, SearchIndex
from rooms.search.index import VERSION


class Progress(NamedTuple):
    """How many messages there are, deleted ones included, and how many of them are still to be added to the index."""

    total: int
    missing: int


def is_indexing() -> bool:
    """Return whether messages are still to be added to the index."""
    return SearchIndex.objects.exclude(version=VERSION, indexed_from__lte=1).exists()


def index_progress() -> Progress:
    """Return how far the index is. Counts messages only while some are missing."""
    total = Room.objects.aggregate(sum=Sum("last_seq"))["sum"] or 0
    if not is_indexing():
        return Progress(total, 0)
    state = SearchIndex.objects.filter(version=VERSION).first()
    missing = Message.objects.filter(pk__lt=state.indexed_from).count() if state is not None else total
    return Progress(total, missing)
