"""Links with which people join a room, or create an account."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.crypto import get_random_string

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

    link_id = models.CharField(max_length=LINK_ID_LENGTH, unique=True, default=new_link_id, editable=False)
    room = models.ForeignKey(
        Room,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="invite_links",
        help_text="Empty: for accounts only.",
    )
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    max_uses = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: as many as want to.")
    uses = models.PositiveIntegerField(default=0, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(max_uses__isnull=True) | Q(uses__lte=F("max_uses")), name="invite_link_uses"
            ),
        ]

    def __str__(self) -> str:
        return f"to {self.room}" if self.room else "to this server"


class InviteLinkUse(models.Model):
    """That somebody joined a room, or created their account, with a link."""

    link = models.ForeignKey(InviteLink, models.CASCADE, related_name="used")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    used_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.user} {self.link}"
