"""The epoch of the database."""

from __future__ import annotations

import uuid

from rooms.models import Installation
from rooms.selectors.installation import get_epoch


def epoch_renew() -> str:
    """Give the database a new epoch and return it.

    Call it when versions have gone back, as after a restore: clients that know another epoch start over. Servers read
    the epoch once, when they start.
    """
    Installation.objects.update_or_create(pk=1, defaults={"epoch": uuid.uuid4()})
    get_epoch.cache_clear()
    return get_epoch()
