"""Links with which people join a room, or create an account."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.crypto import get_random_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rooms.models.people import User
from rooms.models.rooms import Room

LINK_ID_LENGTH = 12


def new_link_id() -> str:
    """Return an id of 71 random bits."""
    return get_random_string(LINK_ID_LENGTH)


class InviteLink(models.Model):
    """A link with which people join a room or, without a room, create an account.

    The link's token is not stored: `rooms.selectors.invite_links.invite_token` makes it from the id and SECRET_KEY, so
    that a copy of the database opens nothing, and the link can be copied again.
    """

    link_id = models.CharField(
        _("link id"), max_length=LINK_ID_LENGTH, unique=True, default=new_link_id, editable=False
    )
    room = models.ForeignKey(
        Room,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="invite_links",
        help_text=_("Empty: for accounts only."),
        verbose_name=_("room"),
    )
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    max_uses = models.PositiveIntegerField(
        _("max uses"), null=True, blank=True, help_text=_("Empty: as many as want to.")
    )
    uses = models.PositiveIntegerField(_("uses"), default=0, editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True, editable=False)
    # Sent to one person by e-mail, and not listed.
    personal = models.BooleanField(_("personal"), default=False, db_default=False, editable=False)

    class Meta:
        verbose_name = _("invite link")
        verbose_name_plural = _("invite links")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(max_uses__isnull=True) | Q(uses__lte=F("max_uses")), name="invite_link_uses"
            ),
        ]

    def __str__(self) -> str:
        return gettext("to %(room)s") % {"room": self.room} if self.room else gettext("to this server")


class InviteLinkUse(models.Model):
    """That somebody joined a room, or created their account, with a link."""

    link = models.ForeignKey(InviteLink, models.CASCADE, related_name="used")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    used_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.user} {self.link}"
