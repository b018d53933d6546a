"""Messages with their revisions, reactions and mentions.

A message keeps its `seq` forever and has the `version` of its latest change, so "what changed since v" is one indexed
query.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rooms.models.people import User
from rooms.models.records import LoadedAttachment, LoadedPreview, LoadedReaction
from rooms.models.rooms import Room


class Message(models.Model):
    """A message. `seq` is its place in the room; a deleted message stays as a tombstone without content."""

    # Without an index of its own: the one of (room, seq) is enough, and every index costs time per message.
    room = models.ForeignKey(Room, models.CASCADE, related_name="messages", db_index=False, verbose_name=_("room"))
    seq = models.PositiveBigIntegerField(_("seq"))
    version = models.PositiveBigIntegerField(_("version"))
    # Indexed below together with seq: users' own messages are never unread, so they have to be counted.
    author = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="messages", db_index=False, verbose_name=_("author")
    )
    # Stored in addition to the author, because a message outlives the account, and guests have none.
    user_name = models.CharField(_("user name"), max_length=150)
    guest = models.BooleanField(_("guest"), default=False)
    content = models.TextField(_("content"), blank=True)
    html = models.TextField(blank=True, editable=False)
    client_id = models.CharField(_("client id"), max_length=64, null=True, blank=True)
    # The seq of the message in the same room that this one replies to. It never changes and needs no join or index.
    reply_to_seq = models.PositiveBigIntegerField(_("reply to seq"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"))
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)
    # The version of the latest edit; `version` also increases with reactions.
    edited_version = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)
    pinned_at = models.DateTimeField(_("pinned at"), null=True, blank=True, editable=False)
    # Of a pinned message; None if that account was deleted. Indexed below, for pinned messages only.
    pinned_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
        verbose_name=_("pinned by"),
    )

    # How many tasks created from it are open: 0 if all are done, None if there are none. Kept by the app of tasks.
    open_tasks = models.SmallIntegerField(null=True, blank=True, editable=False)

    # Loaded by selectors for the wire form; a new message has no reactions.
    loaded_reactions: Sequence[LoadedReaction] = ()  # oldest first
    loaded_attachments: Sequence[LoadedAttachment] = ()
    loaded_previews: Sequence[LoadedPreview] = ()
    original: Message | None = None  # the message that this one replies to

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["room", "seq"]
        indexes = [
            models.Index(fields=["author", "room", "seq"], name="message_own"),
            models.Index(fields=["room", "seq"], condition=Q(deleted_at__isnull=False), name="message_deleted"),
            models.Index(
                fields=["room", "pinned_at", "seq"], condition=Q(pinned_at__isnull=False), name="message_pinned"
            ),
            models.Index(fields=["pinned_by"], condition=Q(pinned_by__isnull=False), name="message_pinned_by"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["room", "seq"], name="message_seq_once"),
            models.UniqueConstraint(fields=["room", "version"], name="message_version_once"),
            # In this order because every posted message looks up which client_ids exist.
            models.UniqueConstraint(
                fields=["room", "client_id", "author"],
                condition=Q(author__isnull=False, client_id__isnull=False),
                name="message_client_id_once",
            ),
            models.UniqueConstraint(
                fields=["room", "client_id", "user_name"],
                condition=Q(guest=True, client_id__isnull=False),
                name="message_guest_client_id_once",
            ),
            models.CheckConstraint(
                condition=Q(seq__gte=1, version__gte=models.F("seq")), name="message_version_covers_seq"
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True) | Q(content="", html=""), name="message_tombstone_is_empty"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.room_id}#{self.seq}"


class Revision(models.Model):
    """A previous content of an edited message. Shown to moderators; deleted together with the message."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="revisions")
    content = models.TextField(_("content"))
    written_at = models.DateTimeField(_("written at"))

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ["id"]

    def __str__(self) -> str:
        return gettext("%(message)s of %(time)s") % {
            "message": self.message,
            "time": f"{self.written_at:%Y-%m-%d %H:%M}",
        }


class Reaction(models.Model):
    """A user's reaction to a message with one emoji."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="reactions")
    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("user"))
    emoji = models.CharField(_("emoji"), max_length=32)

    class Meta:
        verbose_name = _("reaction")
        verbose_name_plural = _("reactions")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["message", "emoji", "user"], name="reaction_once")]

    def __str__(self) -> str:
        return gettext("%(emoji)s by %(name)s") % {"emoji": self.emoji, "name": self.user}


class Mention(models.Model):
    """A mention of a member: the message names them, replies to a message of theirs, or mentions the whole room."""

    class Kind(models.TextChoices):
        """How the message mentions the member; if in several ways, the first of these."""

        NAMED = "named", _("Named")
        REPLY = "reply", _("Reply")
        ROOM = "room", _("Room")  # with everybody in the room
        HERE = "here", _("Here")  # with everybody in the room who was online

    message = models.ForeignKey(Message, models.CASCADE, related_name="mentions")
    user = models.ForeignKey(User, models.CASCADE, related_name="mentions", verbose_name=_("user"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.NAMED)
    # Copied from the message, to count unread mentions.
    room = models.ForeignKey(Room, models.CASCADE, related_name="+", db_index=False)
    seq = models.PositiveBigIntegerField()
    # Whether it is still to be decided if the member is notified: those who read the message in time are not.
    pending = models.BooleanField(_("pending"), default=True)

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["message", "user"], name="mention_once"),
            models.CheckConstraint(condition=Q(kind__in=["named", "reply", "room", "here"]), name="mention_kind"),
        ]
        indexes = [
            models.Index(fields=["user", "room", "seq"], name="mention_unread"),
            models.Index(fields=["room"], name="mention_of_room"),
            models.Index(fields=["id"], condition=Q(pending=True), name="mention_pending"),
        ]

    def __str__(self) -> str:
        return gettext("%(name)s in %(message)s") % {"name": self.user, "message": self.message}


class RoomMention(models.Model):
    """A new message that mentions everybody in its room, or who is online there, as long as some lack their `Mention`.

    They get it in the background, see `rooms.services.room_mentions`.
    """

    class Kind(models.TextChoices):
        """Whom the message mentions, as in `Mention.Kind`."""

        ROOM = "room"
        HERE = "here"

    message = models.OneToOneField(Message, models.CASCADE, related_name="room_mention")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    reached = models.PositiveBigIntegerField(default=0)  # the id of the last membership that was looked at

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=Q(kind__in=["room", "here"]), name="room_mention_kind")]

    def __str__(self) -> str:
        return f"@{self.kind} in {self.message}"
