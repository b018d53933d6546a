"""The epoch of the database."""

from __future__ import annotations

from functools import cache

from rooms.models import Installation


@cache
def get_epoch() -> str:
    """Return the epoch of the database. It is read once per process, because only a restore changes it."""
    return str(Installation.objects.get_or_create(pk=1)[0].epoch)
