"""Previews of links, and which messages show them."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from rooms.models.files import Blob
from rooms.models.messages import Message
from rooms.models.people import User


class LinkPreview(models.Model):
    """What the page of a link says of itself, fetched once for all messages with that link.

    Failures are kept, too, so that a link is not fetched again and again. A preview that has expired loses its digest:
    messages that have it keep it, later ones get another.
    """

    class State(models.TextChoices):
        """What became of fetching it; NONE means that the page has no title."""

        WAITING = "waiting", _("Waiting")
        FETCHED = "fetched", _("Fetched")
        NONE = "none", pgettext_lazy("link preview", "None")
        FAILED = "failed", _("Failed")

    url = models.CharField(_("url"), max_length=2048)
    digest = models.CharField(max_length=64, unique=True, null=True, editable=False, help_text=_("SHA-256 of the URL."))
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    error = models.CharField(_("error"), max_length=200, blank=True, help_text=_("Why it failed."))
    title = models.CharField(_("title"), max_length=200, blank=True)
    site = models.CharField(_("site"), max_length=80, blank=True)
    description = models.CharField(_("description"), max_length=300, blank=True)
    picture = models.ForeignKey(Blob, models.PROTECT, null=True, blank=True, related_name="previews")
    picture_width = models.PositiveIntegerField(null=True, blank=True)
    picture_height = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    fetched_at = models.DateTimeField(_("fetched at"), null=True, blank=True)
    expires_at = models.DateTimeField(
        _("expires at"), null=True, blank=True, help_text=_("When later messages get a new one.")
    )
    # When it is to be fetched, or again if the process that fetches it doesn't report; None when that is done.
    due_at = models.DateTimeField(_("due at"), null=True, blank=True, default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    class Meta:
        verbose_name = _("link preview")
        verbose_name_plural = _("link previews")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="preview_due"),
            models.Index(fields=["expires_at"], name="preview_expires"),
        ]

    def __str__(self) -> str:
        return self.url


class MessagePreview(models.Model):
    """A link of a message that has a preview, or will have one."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="previews")
    position = models.PositiveSmallIntegerField()
    url = models.CharField(_("url"), max_length=2048)
    preview = models.ForeignKey(LinkPreview, models.PROTECT, null=True, related_name="messages")
    # Whether it is still to be decided if the message shows it, which increases the message's version.
    pending = models.BooleanField(default=True)
    shown = models.BooleanField(_("shown"), default=False)
    removed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("removed by")
    )
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("message preview")
        verbose_name_plural = _("message previews")
        ordering = ["message_id", "position"]
        indexes = [models.Index(fields=["id"], condition=Q(pending=True), name="message_preview_pending")]

    def __str__(self) -> str:
        return gettext("%(url)s in %(message)s") % {"url": self.url, "message": self.message}
