"""The epoch of the database."""

from __future__ import annotations

import uuid

from django.db import transaction

from rooms.models import AuditAction, Installation
from rooms.selectors.installation import get_epoch
from rooms.services.audit import audit_record


@transaction.atomic
def epoch_renew() -> str:
    """Give the database a new epoch and return it.

    Call it when versions have gone back, as after a restore: clients that know another epoch start over. Servers read
    the epoch once, when they start.
    """
    audit_record(AuditAction.DATABASE_RESTORED)
    Installation.objects.update_or_create(pk=1, defaults={"epoch": uuid.uuid4()})
    get_epoch.cache_clear()
    return get_epoch()
