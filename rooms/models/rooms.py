"""Rooms with their members, bans and invitations.

A room has two counters, which change under its row lock: `version` increases by one with every change in the room,
`last_seq` by one with every message.
"""

from __future__ import annotations

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from rooms.models.people import User
from rooms.models.sections import Section

DIRECT_TITLE = _("Direct room")  # where the viewer is not known, or alone in the room
MAX_SLOW_SECONDS = 6 * 3600
ROOM_NAME_PATTERN = r"^(?!\.+$)[a-z0-9._-]{1,64}$"  # dots alone have a meaning in URLs
validate_room_name = RegexValidator(
    r"\A(?!\.+\Z)[a-z0-9._-]{1,64}\Z",
    _("Use 1 to 64 lowercase letters, digits, dots, dashes and underscores, and not only dots."),
)


class Room(models.Model):
    """A stream of messages that its members subscribe to."""

    class Kind(models.TextChoices):
        """Who can find a room: everyone who is signed in, its members, or only the people it was created for."""

        OPEN = "open", pgettext_lazy("room", "Open")
        PRIVATE = "private", _("Private")
        DIRECT = "direct", _("Direct")

    class Guests(models.TextChoices):
        """What people without an account can do in a room."""

        NONE = "none", pgettext_lazy("guests", "None")
        READ = "read", pgettext_lazy("guests", "Read")
        WRITE = "write", pgettext_lazy("guests", "Write")

    class Pinning(models.TextChoices):
        """Who can pin messages. In a direct room, which nobody moderates, its members can."""

        MODERATORS = "moderators", _("Owners and moderators")
        MEMBERS = "members", _("All members")

    class RoomMentions(models.TextChoices):
        """Who can mention everybody in the room, with `@room` or `@here`. In a direct room, its members can."""

        MODERATORS = "moderators", _("Owners and moderators")
        MEMBERS = "members", _("All members")

    name = models.CharField(
        _("name"), max_length=64, unique=True, validators=[validate_room_name], help_text=_("Never changes.")
    )
    title = models.CharField(_("title"), max_length=120, blank=True)
    description = models.CharField(_("description"), max_length=500, blank=True)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.OPEN)
    guests = models.CharField(_("guests"), max_length=8, choices=Guests.choices, default=Guests.NONE)
    pinning = models.CharField(
        _("pinning"),
        max_length=10,
        choices=Pinning.choices,
        default=Pinning.MODERATORS,
        db_default=Pinning.MODERATORS,
        help_text=_("Who can pin messages."),
    )
    room_mentions = models.CharField(
        _("room mentions"),
        max_length=10,
        choices=RoomMentions.choices,
        default=RoomMentions.MODERATORS,
        db_default=RoomMentions.MODERATORS,
        help_text=_("Who can use @room and @here."),
    )
    slow_seconds = models.PositiveIntegerField(
        _("slow mode"),
        default=0,
        db_default=0,
        blank=True,
        validators=[MaxValueValidator(MAX_SLOW_SECONDS)],
        help_text=_("Seconds from one message of a member to their next one; 0 for no limit. Not for moderators."),
    )
    link_previews = models.BooleanField(
        _("link previews"), default=True, db_default=True, help_text=_("Whether links get a preview.")
    )
    public_log = models.BooleanField(
        _("public log"),
        default=False,
        db_default=False,
        help_text=_("Whether members see what moderators did in the room."),
    )
    # Only for direct rooms: a digest of the members, by which they find their room again.
    direct_key = models.CharField(max_length=64, unique=True, null=True, editable=False)
    version = models.PositiveBigIntegerField(_("version"), default=0, editable=False)
    last_seq = models.PositiveBigIntegerField(_("last seq"), default=0, editable=False)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    last_message_at = models.DateTimeField(_("last message at"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)
    # Whether some members may want to hear of every message, see `rooms.services.room_news`; then `heard_seq` is the
    # last one for which it is decided who does, and `news_at` is when the first one after it was written.
    listened = models.BooleanField(default=False, db_default=False, editable=False)
    heard_seq = models.PositiveBigIntegerField(default=0, db_default=0, editable=False)
    news_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        ordering = ["name"]
        indexes = [models.Index(fields=["news_at"], condition=Q(news_at__isnull=False), name="room_news")]
        constraints = [
            models.CheckConstraint(condition=Q(name__regex=ROOM_NAME_PATTERN), name="room_name_form"),
            models.CheckConstraint(condition=Q(kind__in=["open", "private", "direct"]), name="room_kind"),
            models.CheckConstraint(condition=Q(guests__in=["none", "read", "write"]), name="room_guests"),
            models.CheckConstraint(condition=Q(pinning__in=["moderators", "members"]), name="room_pinning"),
            models.CheckConstraint(condition=Q(room_mentions__in=["moderators", "members"]), name="room_room_mentions"),
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
        """The title, else the name. A direct room has another title for each member, see `title_for`."""
        return self.title or (str(DIRECT_TITLE) if self.kind == self.Kind.DIRECT else self.name)


class Membership(models.Model):
    """A user's membership of a room, with their role."""

    class Role(models.TextChoices):
        """Owners can do everything, moderators manage people and messages, members post."""

        OWNER = "owner", _("Owner")
        MODERATOR = "moderator", _("Moderator")
        MEMBER = "member", _("Member")

    class Level(models.TextChoices):
        """Which messages of the room notify the member. Empty in the database for the default, see `level_of`."""

        EVERYTHING = "everything", _("Everything")
        MENTIONS = "mentions", _("Mentions")
        NOTHING = "nothing", _("Nothing")

    UNTIL_REOPENED = 2**63 - 1  # a `hidden_seq` that is above every message

    room = models.ForeignKey(Room, models.CASCADE, related_name="memberships", verbose_name=_("room"))
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("user"))
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.MEMBER)
    joined_at = models.DateTimeField(_("joined at"), auto_now_add=True)
    # The read marker: messages with a higher seq are unread.
    read_seq = models.PositiveBigIntegerField(default=0, editable=False)
    # Only for direct rooms: hidden from the user's list while no message has a higher seq, or UNTIL_REOPENED.
    hidden_seq = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    # Only for direct rooms of two: one has blocked the other, so neither can post.
    silenced = models.BooleanField(default=False, db_default=False, editable=False)
    level = models.CharField(
        _("notifications"),
        max_length=10,
        choices=Level.choices,
        blank=True,
        default="",
        db_default="",
        help_text=_("Empty for the default: everything in direct rooms, mentions in other rooms."),
    )
    muted = models.BooleanField(
        _("muted"), default=False, db_default=False, help_text=_("Dimmed and last in the member's list.")
    )
    favourite = models.BooleanField(
        _("favourite"), default=False, db_default=False, help_text=_("First in the member's list.")
    )
    # One of the member's own. A favourite is listed with the favourites.
    section = models.ForeignKey(
        Section, models.SET_NULL, null=True, blank=True, related_name="memberships", verbose_name=_("section")
    )

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["room", "user"], name="membership_once"),
            models.CheckConstraint(condition=Q(role__in=["owner", "moderator", "member"]), name="membership_role"),
            models.CheckConstraint(
                condition=Q(level__in=["", "everything", "mentions", "nothing"]), name="membership_level"
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(name)s in %(room)s") % {"name": self.user, "room": self.room}


class Ban(models.Model):
    """A ban of a user from a room, even if it is open."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="bans", verbose_name=_("room"))
    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("user"))
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("ban")
        verbose_name_plural = _("bans")
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="ban_once")]

    def __str__(self) -> str:
        return gettext("%(name)s from %(room)s") % {"name": self.user, "room": self.room}


class Invitation(models.Model):
    """An invitation to a room, which a user may join even if it is private.

    One that was made for the user's e-mail address (`by_email`) is shown to nobody else: it would tell whose address
    that is.
    """

    room = models.ForeignKey(Room, models.CASCADE, related_name="invitations", verbose_name=_("room"))
    user = models.ForeignKey(User, models.CASCADE, related_name="invitations", verbose_name=_("user"))
    by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("by"))
    by_email = models.ForeignKey(
        "rooms.EmailInvitation", models.CASCADE, null=True, blank=True, editable=False, related_name="invitations"
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="invitation_once")]

    def __str__(self) -> str:
        return gettext("%(name)s to %(room)s") % {"name": self.user, "room": self.room}


class InvitationHistory(models.Model):
    """When a user was last notified of an invitation to a room and when they declined one, to avoid repeating them."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="+")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    told_at = models.DateTimeField()
    declined_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "rooms_asked"
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="asked_once")]

    def __str__(self) -> str:
        return gettext("%(name)s to %(room)s") % {"name": self.user, "room": self.room}
