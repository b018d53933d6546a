"""Messages that people have written to be sent later."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rooms.models.people import User
from rooms.models.rooms import Room


class ScheduledMessage(models.Model):
    """A message to be sent at a time. Nobody but its author sees it before. Once sent, the row is deleted."""

    author = models.ForeignKey(User, models.CASCADE, related_name="scheduled_messages", verbose_name=_("author"))
    room = models.ForeignKey(Room, models.CASCADE, related_name="scheduled_messages", verbose_name=_("room"))
    content = models.TextField()
    reply_to_seq = models.PositiveBigIntegerField(null=True, blank=True)
    send_at = models.DateTimeField(_("send at"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    # Why it could not be sent when it was due, in English; "" if it was not due yet.
    error = models.CharField(_("error"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("scheduled message")
        verbose_name_plural = _("scheduled messages")
        ordering = ["send_at", "id"]
        indexes = [models.Index(fields=["send_at"], condition=Q(error=""), name="scheduled_due")]
        constraints = [models.CheckConstraint(condition=~Q(content=""), name="scheduled_content_given")]

    def __str__(self) -> str:
        return gettext("by %(name)s at %(time)s") % {"name": self.author, "time": f"{self.send_at:%Y-%m-%d %H:%M}"}

    @property
    def shown_error(self) -> str:
        """Why it could not be sent, in the active language."""
        return gettext(self.error) if self.error else ""
