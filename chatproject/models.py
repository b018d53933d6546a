"""The connection table: which sockets are open, in which server process, and what they follow.

Each server process writes the rows of its own sockets, in batches; `realtime/table.py` does. Rows of a process that
was killed are removed by the others.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class ServerProcess(models.Model):
    """A running server process. `revision` goes up by one with every batch it writes about its sockets."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField("process id")
    server = models.CharField(max_length=16, blank=True)
    # By the database's clock, which is the same for all processes.
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    revision = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["started_at"]
        verbose_name_plural = "server processes"

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


class Connection(models.Model):
    """An open socket; `user` is null for a guest, or while nobody is known."""

    id = models.CharField("connection id", max_length=32, primary_key=True)
    process = models.ForeignKey(ServerProcess, models.CASCADE, related_name="connections")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+")
    address = models.CharField(max_length=64, blank=True)
    opened_at = models.DateTimeField()
    disconnect_requested = models.BooleanField(default=False, editable=False)

    class Meta:
        ordering = ["opened_at", "id"]

    def __str__(self) -> str:
        return self.id


class Following(models.Model):
    """That a socket follows a stream, by the kind and id that the stream is registered with."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="follows")
    kind = models.CharField(max_length=16)
    stream_id = models.BigIntegerField()
    name = models.CharField(max_length=200)
    since = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["connection", "kind", "stream_id"], name="following_once")]
        indexes = [models.Index(fields=["kind", "stream_id"], name="following_stream")]

    def __str__(self) -> str:
        return f"{self.connection_id} follows {self.kind} {self.name}"
