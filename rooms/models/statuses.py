"""What people say about what they are doing."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from rooms.models.people import User


class Status(models.Model):
    """What a user is doing, for others to see: an emoji, a text or both, perhaps until a time."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="status")
    emoji = models.CharField(max_length=32, blank=True)
    text = models.CharField(max_length=100, blank=True)
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "statuses"
        constraints = [models.CheckConstraint(condition=~Q(emoji="", text=""), name="status_given")]

    def __str__(self) -> str:
        return f"{self.emoji} {self.text}".strip()
