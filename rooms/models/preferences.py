"""What people want to be notified of and when, and how their rooms are listed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rooms.models.people import User


class Preferences(models.Model):
    """How a user wants to be notified, and their rooms listed. A user without a row has the defaults."""

    class Email(models.TextChoices):
        """Which e-mails a user gets about what they have not read."""

        OFF = "off", _("Never")
        MISSED = "missed", _("When I miss something")
        DAILY = "daily", _("Once a day")

    user = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="preferences", verbose_name=_("user")
    )
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        default="",
        db_default="",
        help_text=_("Of the quiet hours, like Europe/Berlin."),
    )
    # Both or neither. If the end is not after the start, it is on the next day; the two differ.
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    dnd_until = models.DateTimeField(_("do not disturb until"), null=True, blank=True)
    email = models.CharField(
        _("email"), max_length=6, choices=Email.choices, default=Email.MISSED, db_default=Email.MISSED
    )
    hide_content = models.BooleanField(
        _("hide content"),
        default=False,
        db_default=False,
        help_text=_("Leaves the text of messages out of notifications and e-mails."),
    )
    unread_first = models.BooleanField(
        _("unread first"),
        default=True,
        db_default=True,
        help_text=_("Lists rooms with unread messages before the others."),
    )

    class Meta:
        verbose_name = _("set of preferences")
        verbose_name_plural = _("sets of preferences")
        constraints = [
            models.CheckConstraint(condition=Q(email__in=["off", "missed", "daily"]), name="preferences_email"),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False) & ~Q(quiet_from=models.F("quiet_until")),
                name="preferences_quiet_hours",
            ),
        ]

    def __str__(self) -> str:
        return gettext("of %(name)s") % {"name": self.user}
