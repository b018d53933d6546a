"""The sections that people name in their list of rooms."""

from __future__ import annotations

from django.db import models

from rooms.models.people import User


class Section(models.Model):
    """A part of a user's list of rooms, which only they see. `Membership.section` says which rooms are in it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sections")
    name = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField(help_text="Sections are in ascending order.")
    collapsed = models.BooleanField(default=False, help_text="Shows only rooms with unread messages.")

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="section_once")]

    def __str__(self) -> str:
        return self.name
