"""Rooms and their members, bans and invitations.

Two counters of a room are taken under its row lock: `version` goes up by one with every change in the room, `last_seq`
by one with every message.
"""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse

from rooms.models.people import User

DIRECT_TITLE = "Direct room"  # while nobody says who looks at it, or when one is alone in it
ROOM_NAME_PATTERN = r"^(?!\.+$)[a-z0-9._-]{1,64}$"  # dots alone are places in an address
validate_room_name = RegexValidator(
    r"\A(?!\.+\Z)[a-z0-9._-]{1,64}\Z",
    "Use 1 to 64 lowercase letters, digits, dots, dashes and underscores, and not only dots.",
)


class Room(models.Model):
    """A stream of messages that its members follow."""

    class Kind(models.TextChoices):
        """Who may find a room: everybody signed in, its members, or just the people it was made for."""

        OPEN = "open"
        PRIVATE = "private"
        DIRECT = "direct"

    class Guests(models.TextChoices):
        """What people without an account may do in a room."""

        NONE = "none"
        READ = "read"
        WRITE = "write"

    name = models.CharField(max_length=64, unique=True, validators=[validate_room_name], help_text="Never changes.")
    title = models.CharField(max_length=120, blank=True)
    description = models.CharField(max_length=500, blank=True)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.OPEN)
    guests = models.CharField(max_length=8, choices=Guests.choices, default=Guests.NONE)
    # Of a direct room: who it is for, so that it is found again, whoever starts.
    direct_key = models.CharField(max_length=64, unique=True, null=True, editable=False)
    version = models.PositiveBigIntegerField(default=0, editable=False)
    last_seq = models.PositiveBigIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    last_message_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(condition=Q(name__regex=ROOM_NAME_PATTERN), name="room_name_form"),
            models.CheckConstraint(condition=Q(kind__in=["open", "private", "direct"]), name="room_kind"),
            models.CheckConstraint(condition=Q(guests__in=["none", "read", "write"]), name="room_guests"),
            models.CheckConstraint(condition=Q(guests="none") | Q(kind="open"), name="room_guests_only_if_open"),
            models.CheckConstraint(
                condition=Q(direct_key__isnull=True) | Q(kind="direct"), name="room_direct_key_only_if_direct"
            ),
            models.CheckConstraint(condition=Q(version__gte=models.F("last_seq")), name="room_version_covers_seq"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("room", args=[self.name])

    @property
    def shown_title(self) -> str:
        """What people see: the title, else the name. Of a direct room, while nobody says who looks at it."""
        return self.title or (DIRECT_TITLE if self.kind == self.Kind.DIRECT else self.name)


class Membership(models.Model):
    """That a person belongs to a room, and as what."""

    class Role(models.TextChoices):
        """Owners do everything, moderators look after people and messages, members write."""

        OWNER = "owner"
        MODERATOR = "moderator"
        MEMBER = "member"

    FOR_GOOD = 2**63 - 1  # a `hidden_seq` that no message reaches

    room = models.ForeignKey(Room, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    joined_at = models.DateTimeField(auto_now_add=True)
    # The one read pointer of a person in a room: what has a higher seq is unread.
    read_seq = models.PositiveBigIntegerField(default=0, editable=False)
    # Of a direct room: up to which message it is out of the person's list. FOR_GOOD: until they open it again.
    hidden_seq = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    # Of a direct room of two: one of them has blocked the other, so neither writes.
    silenced = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["room", "user"], name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=["owner", "moderator", "member"]), name="membership_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.room}"


class Ban(models.Model):
    """That a person may not come back to a room, an open one included."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="bans")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="ban_once")]

    def __str__(self) -> str:
        return f"{self.user} from {self.room}"


class Invitation(models.Model):
    """That a person may join a room which they could not find, or not join, by themselves."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="invitations")
    user = models.ForeignKey(User, models.CASCADE, related_name="invitations")
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="invitation_once")]

    def __str__(self) -> str:
        return f"{self.user} to {self.room}"


class InvitationHistory(models.Model):
    """When somebody was last told of an invitation to a room, and when they declined one: not to ask them for ever."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    told_at = models.DateTimeField()
    declined_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "rooms_asked"
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="asked_once")]

    def __str__(self) -> str:
        return f"{self.user} to {self.room}"
