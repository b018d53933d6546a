"""The installation and its epoch."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q


class Installation(models.Model):
    """A single row with the epoch of the database, which changes when a backup is restored."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    epoch = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="installation_single")]

    def __str__(self) -> str:
        return str(self.epoch)
