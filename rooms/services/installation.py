"""The installation as a whole."""

from __future__ import annotations

import uuid

from rooms.models import Installation
from rooms.selectors.installation import get_epoch


def epoch_renew() -> str:
    """Give the database a new epoch, since its versions have gone back: clients that knew another start over.

    Servers read it once, at their start.
    """
    Installation.objects.update_or_create(pk=1, defaults={"epoch": uuid.uuid4()})
    get_epoch.cache_clear()
    return get_epoch()
