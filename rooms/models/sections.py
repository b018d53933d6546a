"""The sections that people name in their list of rooms."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from rooms.models.people import User


class Section(models.Model):
    """A part of a user's list of rooms, which only they see. `Membership.section` says which rooms are in it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sections", verbose_name=_("user"))
    name = models.CharField(_("name"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position"), help_text=_("Sections are in ascending order."))
    collapsed = models.BooleanField(
        _("collapsed"), default=False, help_text=_("Shows only rooms with unread messages.")
    )

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="section_once")]

    def __str__(self) -> str:
        return self.name
