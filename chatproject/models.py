"""The connection table: the open sockets, their server processes, and the streams they are subscribed to.

Each server process writes the rows of its own sockets in batches (`realtime/presence/registry.py`). If a process is
killed, the others delete its rows.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ServerProcess(models.Model):
    """A running server process. `revision` goes up by one with every batch that it writes about its sockets."""

    id = models.UUIDField(_("id"), primary_key=True, default=uuid.uuid4, editable=False)
    host = models.CharField(_("host"), max_length=255)
    pid = models.PositiveIntegerField(_("process id"))
    server = models.CharField(_("server"), max_length=16, blank=True)
    # By the database's clock, so that all processes agree.
    started_at = models.DateTimeField(_("started at"), db_default=Now())
    seen_at = models.DateTimeField(_("seen at"), db_default=Now())
    revision = models.PositiveBigIntegerField(_("revision"), default=0)

    class Meta:
        verbose_name = _("server process")
        ordering = ["started_at"]
        verbose_name_plural = _("server processes")

    def __str__(self) -> str:
        return f"{self.host}:{self.pid}"


class Connection(models.Model):
    """An open socket. `user` is null for a guest, or before the client has identified itself."""

    id = models.CharField(_("connection id"), max_length=32, primary_key=True)
    process = models.ForeignKey(ServerProcess, models.CASCADE, related_name="connections", verbose_name=_("process"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("user")
    )
    address = models.CharField(_("address"), max_length=64, blank=True)
    opened_at = models.DateTimeField(_("opened at"))
    disconnect_requested = models.BooleanField(default=False, editable=False)
    idle = models.BooleanField(default=False, db_default=False, help_text=_("Nobody uses the page that opened it."))

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        ordering = ["opened_at", "id"]
        indexes = [models.Index(fields=["user"], condition=Q(idle=True), name="connection_idle")]

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
