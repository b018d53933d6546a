"""Reports of messages and people, what moderators did about them, and what they forbid people."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from rooms.models.messages import Message
from rooms.models.people import User
from rooms.models.rooms import Room


class Restriction(models.Model):
    """What a user may not do, in one room or, without a room, everywhere. Kept as history after it has ended.

    It ends by itself at `until`, or when it is lifted. `User.restricted` is set as long as one may be in force.
    """

    class Kind(models.TextChoices):
        """What is forbidden."""

        MUTED = "muted", _("Muted")  # writing: the user can only read

    user = models.ForeignKey(User, models.CASCADE, related_name="restrictions", verbose_name=_("user"))
    room = models.ForeignKey(
        Room,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="restrictions",
        verbose_name=_("room"),
        help_text=_("Empty for all rooms."),
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.MUTED)
    until = models.DateTimeField(_("until"), null=True, blank=True, help_text=_("Empty until it is lifted."))
    reason = models.CharField(_("reason"), max_length=200, blank=True, help_text=_("The person is told."))
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(_("created at"))
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("lifted by")
    )

    class Meta:
        verbose_name = _("restriction")
        verbose_name_plural = _("restrictions")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["muted"]), name="restriction_kind"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("created_at")), name="restriction_ends_later"
            ),
            models.UniqueConstraint(
                fields=["user", "room", "kind"], condition=Q(lifted_at__isnull=True), name="restriction_once"
            ),
            models.UniqueConstraint(
                fields=["user", "kind"],
                condition=Q(lifted_at__isnull=True, room__isnull=True),
                name="restriction_everywhere_once",
            ),
        ]

    def __str__(self) -> str:
        where = self.room.name if self.room else gettext("all rooms")
        return gettext("%(name)s in %(room)s") % {"name": self.user, "room": where}


class Report(models.Model):
    """A report of a message, or of a person, to the moderators of its room or the admins.

    What was reported is copied: it may be edited or deleted before somebody looks at it.
    """

    class Reason(models.TextChoices):
        """What is wrong with it."""

        SPAM = "spam", _("Spam or advertising")
        HARASSMENT = "harassment", _("Insults or harassment")
        HATE = "hate", _("Hate or violence")
        SEXUAL = "sexual", _("Sexual content")
        PRIVATE = "private", _("Somebody’s private information")
        OTHER = "other", _("Something else")

    class State(models.TextChoices):
        """Whether somebody still has to look at it."""

        OPEN = "open", pgettext_lazy("report", "Open")
        HANDLED = "handled", _("Handled")
        DISMISSED = "dismissed", _("Dismissed")

    reporter = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="reports", verbose_name=_("reporter")
    )
    # Whom it is about: None for a guest or a deleted account, whose name is kept.
    user = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="reports_about", verbose_name=_("user")
    )
    user_name = models.CharField(_("user name"), max_length=150)
    # None if it is about a person as such: then it is for the admins.
    room = models.ForeignKey(
        Room, models.CASCADE, null=True, blank=True, related_name="reports", verbose_name=_("room")
    )
    message = models.ForeignKey(
        Message, models.CASCADE, null=True, blank=True, related_name="reports", verbose_name=_("message")
    )
    content = models.TextField(_("content"), blank=True, help_text=_("Of the message, when it was reported."))
    files = models.JSONField(_("files"), default=list, blank=True, help_text=_("Their names."))
    written_at = models.DateTimeField(_("written at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=12, choices=Reason.choices)
    note = models.CharField(_("note"), max_length=1000, blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.OPEN)
    assignee = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("assignee")
    )
    created_at = models.DateTimeField(_("created at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("closed by")
    )

    class Meta:
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        ordering = ["-id"]
        indexes = [models.Index(fields=["room", "id"], condition=Q(state="open"), name="report_open")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["open", "handled", "dismissed"]), name="report_state"),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True) | ~Q(state="open"), name="report_closed_at"
            ),
            models.UniqueConstraint(
                fields=["reporter", "message"],
                condition=Q(state="open", message__isnull=False),
                name="report_of_message_once",
            ),
            models.UniqueConstraint(
                fields=["reporter", "user"],
                condition=Q(state="open", message__isnull=True),
                name="report_of_person_once",
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(name)s, %(reason)s") % {"name": self.user_name, "reason": self.get_reason_display()}


class ReportAction(models.Model):
    """What a moderator did about a report."""

    class Kind(models.TextChoices):
        """What was done."""

        DELETED = "deleted", _("Deleted the message")
        MUTED = "muted", _("Muted the person")
        REMOVED = "removed", _("Removed the person from the room")
        BANNED = "banned", _("Banned the person from the room")
        SLOWED = "slowed", _("Turned on slow mode")
        DISMISSED = "dismissed", _("Dismissed the report")

    report = models.ForeignKey(Report, models.CASCADE, related_name="actions")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    until = models.DateTimeField(_("until"), null=True, blank=True)  # of a mute
    everywhere = models.BooleanField(_("everywhere"), default=False)  # of a mute
    slow_before = models.PositiveIntegerField(null=True, blank=True)  # seconds
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    class Meta:
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.get_kind_display()
