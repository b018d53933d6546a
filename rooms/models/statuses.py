"""What people say about what they are doing."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rooms.models.people import User


class Status(models.Model):
    """What a user is doing, for others to see: an emoji, a text or both, perhaps until a time."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="status", verbose_name=_("user"))
    emoji = models.CharField(_("emoji"), max_length=32, blank=True)
    text = models.CharField(_("text"), max_length=100, blank=True)
    until = models.DateTimeField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("status")
        verbose_name_plural = _("statuses")
        constraints = [models.CheckConstraint(condition=~Q(emoji="", text=""), name="status_given")]

    def __str__(self) -> str:
        return f"{self.emoji} {self.text}".strip()
