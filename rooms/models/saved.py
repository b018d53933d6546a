"""Messages that people save for later."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rooms.models.messages import Message
from rooms.models.people import User


class SavedMessage(models.Model):
    """A message that a user saved for later, perhaps with a reminder. Nobody else sees that they did."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="saved_messages", db_index=False, verbose_name=_("user")
    )
    message = models.ForeignKey(Message, models.CASCADE, related_name="saved_by", verbose_name=_("message"))
    saved_at = models.DateTimeField(_("saved at"))
    remind_at = models.DateTimeField(_("remind at"), null=True, blank=True)
    # When the reminder came due and was handled; a new `remind_at` clears it.
    reminded_at = models.DateTimeField(_("reminded at"), null=True, blank=True)

    class Meta:
        verbose_name = _("saved message")
        verbose_name_plural = _("saved messages")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "message"], name="saved_once"),
            models.CheckConstraint(
                condition=Q(reminded_at__isnull=True) | Q(remind_at__isnull=False), name="saved_reminded_of_something"
            ),
        ]
        indexes = [
            models.Index(
                fields=["remind_at"], condition=Q(remind_at__isnull=False, reminded_at__isnull=True), name="saved_due"
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(message)s by %(name)s") % {"message": self.message, "name": self.user}
