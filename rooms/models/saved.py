"""Messages that people save for later."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from rooms.models.messages import Message
from rooms.models.people import User


class SavedMessage(models.Model):
    """A message that a user saved for later, perhaps with a reminder. Nobody else sees that they did."""

    user = models.ForeignKey(User, models.CASCADE, related_name="saved_messages", db_index=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="saved_by")
    saved_at = models.DateTimeField()
    remind_at = models.DateTimeField(null=True, blank=True)
    # When the reminder came due and was handled; a new `remind_at` clears it.
    reminded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
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
        return f"{self.message} by {self.user}"
