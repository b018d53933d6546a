"""Messages, and what belongs to them: revisions, reactions and mentions.

A message keeps its `seq` forever and carries the `version` of its latest change, so "what changed since v" is one
indexed query.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models
from django.db.models import Q

from rooms.models.people import User
from rooms.models.records import LoadedReaction
from rooms.models.rooms import Room


class Message(models.Model):
    """One message. Its place in the room is `seq`; a deleted one stays as a tombstone without content."""

    # Without an index of its own: that of (room, seq) serves, and each costs every message.
    room = models.ForeignKey(Room, models.CASCADE, related_name="messages", db_index=False)
    seq = models.PositiveBigIntegerField()
    version = models.PositiveBigIntegerField()
    # Indexed below, with the places: one's own messages are never unread, and have to be counted.
    author = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="messages", db_index=False)
    # Kept beside the author, so that a message outlives the account, and for guests, who have none.
    user_name = models.CharField(max_length=150)
    guest = models.BooleanField(default=False)
    content = models.TextField(blank=True)
    html = models.TextField(blank=True, editable=False)
    client_id = models.CharField(max_length=64, null=True, blank=True)
    # The place, in the same room, of the message that this one answers. A seq never changes: no join, no index to keep.
    reply_to_seq = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    # That of its latest edit; `version` goes up with reactions, too.
    edited_version = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    deleted_at = models.DateTimeField(null=True, blank=True)

    # What selectors load along for its wire form; a new message has no reactions.
    loaded_reactions: Sequence[LoadedReaction] = ()  # in the order of reacting
    original: Message | None = None  # the one that it answers

    class Meta:
        ordering = ["room", "seq"]
        indexes = [
            models.Index(fields=["author", "room", "seq"], name="message_own"),
            models.Index(fields=["room", "seq"], condition=Q(deleted_at__isnull=False), name="message_deleted"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["room", "seq"], name="message_seq_once"),
            models.UniqueConstraint(fields=["room", "version"], name="message_version_once"),
            # In this order: "which of these client_ids are there" is looked up for every message that is posted.
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
    """What an edited message said before. For those who look after the room; gone when the message is deleted."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="revisions")
    content = models.TextField()
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.message} of {self.written_at:%Y-%m-%d %H:%M}"


class Reaction(models.Model):
    """That a person answered a message with an emoji."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="reactions")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    emoji = models.CharField(max_length=32)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["message", "emoji", "user"], name="reaction_once")]

    def __str__(self) -> str:
        return f"{self.emoji} by {self.user}"


class Mention(models.Model):
    """That a message calls a member: it names them, or answers a message of theirs."""

    class Kind(models.TextChoices):
        """How it calls them; a message that does both names them."""

        NAMED = "named"
        REPLY = "reply"

    message = models.ForeignKey(Message, models.CASCADE, related_name="mentions")
    user = models.ForeignKey(User, models.CASCADE, related_name="mentions")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.NAMED)
    # The message's own, for counting what somebody has not read.
    room = models.ForeignKey(Room, models.CASCADE, related_name="+", db_index=False)
    seq = models.PositiveBigIntegerField()
    # Until it is decided whether to notify them: who reads along needs no notification.
    pending = models.BooleanField(default=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["message", "user"], name="mention_once"),
            models.CheckConstraint(condition=Q(kind__in=["named", "reply"]), name="mention_kind"),
        ]
        indexes = [
            models.Index(fields=["user", "room", "seq"], name="mention_unread"),
            models.Index(fields=["room"], name="mention_of_room"),
            models.Index(fields=["id"], condition=Q(pending=True), name="mention_pending"),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.message}"
