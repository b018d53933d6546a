"""This life of the database."""

from __future__ import annotations

from functools import cache

from rooms.models import Installation


@cache
def get_epoch() -> str:
    """The name of this life of the database; read once a process, since only a restore changes it."""
    return str(Installation.objects.get_or_create(pk=1)[0].epoch)
