"""The connection table: the open sockets, their server processes, and the streams they are subscribed to.

Each server process writes the rows of its own sockets in batches (`realtime/presence/registry.py`). If a process is
killed, the others delete its rows.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class ServerProcess(models.Model):
    """A running server process. `revision` goes up by one with every batch that it writes about its sockets."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    host = models.CharField(max_length=255)
    pid = models.PositiveIntegerField("process id")
    server = models.CharField(max_length=16, blank=True)
    # By the database's clock, so that all processes agree.
    started_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(db_default=Now())
    revision = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ["started_at"]
        verbose_name_plural = "server processes"

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


class Connection(models.Model):
    """An open socket. `user` is null for a guest, or before the client has identified itself."""

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
    """A socket's subscription to a stream, which is identified by its registered kind and its id.

    `Subscription` (`delivery/stream.py`) is the same subscription in the memory of its process. The different name
    tells them apart.
    """

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
