"""Topics, notifications and tasks, with the rules that the database enforces.

A topic is a stream, like a room: `version` and `last_seq` change under its row lock. A notification quotes messages,
tasks and rooms: when these change or are deleted, it is updated or withdrawn, with the topic's next `version`.
"""

from __future__ import annotations

import json
from typing import Any

import orjson
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from rooms.models import ROOM_NAME_PATTERN, Message, Room, User, validate_room_name

TOPIC_NAME_PATTERN = ROOM_NAME_PATTERN


class Topic(models.Model):
    """A stream of notifications that users subscribe to: a named topic, or the personal topic of a user."""

    class Subscribers(models.TextChoices):
        """Who can read a named topic: everyone, even without an account; all users; or staff."""

        EVERYONE = "everyone", _("Everyone")
        USERS = "users", _("Users")
        STAFF = "staff", _("Staff")

    class Publishers(models.TextChoices):
        """Who can publish to a named topic, if they can read it."""

        USERS = "users", _("Users")
        STAFF = "staff", _("Staff")

    name = models.CharField(
        _("name"), max_length=64, unique=True, null=True, validators=[validate_room_name], help_text=_("Never changes.")
    )
    # A personal topic has an owner instead of a name. Nobody else can read it.
    owner = models.OneToOneField(
        User, models.CASCADE, null=True, blank=True, editable=False, related_name="topic", verbose_name=_("owner")
    )
    title = models.CharField(_("title"), max_length=120, blank=True)
    description = models.CharField(_("description"), max_length=500, blank=True)
    subscribers = models.CharField(
        _("subscribers"), max_length=8, choices=Subscribers.choices, default=Subscribers.USERS
    )
    publishers = models.CharField(_("publishers"), max_length=8, choices=Publishers.choices, default=Publishers.STAFF)
    version = models.PositiveBigIntegerField(_("version"), default=0, editable=False)
    last_seq = models.PositiveBigIntegerField(_("last seq"), default=0, editable=False)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(name__isnull=True) | Q(name__regex=TOPIC_NAME_PATTERN), name="topic_name_form"
            ),
            models.CheckConstraint(
                condition=Q(name__isnull=True, owner__isnull=False) | Q(name__isnull=False, owner__isnull=True),
                name="topic_named_or_personal",
            ),
            models.CheckConstraint(
                condition=Q(subscribers__in=["everyone", "users", "staff"]), name="topic_subscribers"
            ),
            models.CheckConstraint(condition=Q(publishers__in=["users", "staff"]), name="topic_publishers"),
            models.CheckConstraint(condition=Q(version__gte=F("last_seq")), name="topic_version_covers_seq"),
        ]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """The name in the APIs: the topic's own, or `@` and the owner's username. Needs `owner` to be loaded."""
        return f"@{self.owner.username}" if self.owner else str(self.name)


class PayloadDecoder(json.JSONDecoder):
    """Decodes integers beyond 64 bits as floats: jsonb returns 1e30 as an integer, which orjson can't encode."""

    def decode(self, s: str, *args: Any) -> Any:
        """Return the decoded value."""
        return orjson.loads(s)


class Notification(models.Model):
    """A notification in a topic. A withdrawn one stays as a tombstone without text.

    What people and programs publish has a title and perhaps a payload. What Parlor itself tells somebody has a kind
    instead of a title, and parameters in the payload: `notifications.wording` words it for its reader.
    """

    class Kind(models.TextChoices):
        """What happened. The payloads of all of them repeat it as `kind`, for programs."""

        MENTION = "mention"
        ROOM_MENTION = "room_mention"
        HERE_MENTION = "here_mention"
        REPLY = "reply"
        REMINDER = "reminder"
        INVITATION = "invitation"
        ROOM_OPENED = "room_opened"
        SCHEDULED_FAILED = "scheduled_failed"
        REPORT = "report"
        REPORT_HANDLED = "report_handled"
        MUTED = "muted"
        TASK_CREATED = "task_created"
        TASK_ASSIGNED = "task_assigned"
        TASK_COMPLETED = "task_completed"
        TASK_DUE = "task_due"
        TASK_OVERDUE = "task_overdue"

    topic = models.ForeignKey(Topic, models.CASCADE, related_name="notifications", verbose_name=_("topic"))
    seq = models.PositiveBigIntegerField(_("seq"))
    version = models.PositiveBigIntegerField(_("version"))
    # Empty for what was published. With a default in the database, so that processes of an earlier version can still
    # write.
    kind = models.CharField(_("kind"), max_length=24, blank=True, default="", db_default="", editable=False)
    title = models.CharField(_("title"), max_length=300)
    body = models.TextField(_("body"), blank=True)  # of a notification about a message, the start of its text
    payload = models.JSONField(
        _("payload"), null=True, blank=True, decoder=PayloadDecoder, help_text=_("For programs: a JSON object.")
    )
    author = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("author"))
    created_at = models.DateTimeField(_("created at"))
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    # What the text is about: a room and perhaps one of its messages, or a task. A tombstone is about nothing.
    room = models.ForeignKey(
        Room, models.SET_NULL, null=True, blank=True, editable=False, related_name="+", db_index=False
    )
    message_seq = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    task = models.ForeignKey("Task", models.SET_NULL, null=True, blank=True, editable=False, related_name="+")
    # Only on personal topics: whether its owner has yet to read it. With a default in the database, so that processes
    # of an earlier version can still write.
    unread = models.BooleanField(_("unread"), default=False, db_default=False, editable=False)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["topic", "seq"]
        indexes = [
            # With `unread` it covers the count, so that SQLite prefers it to the other indexes of a topic.
            models.Index(fields=["topic", "unread"], condition=Q(unread=True), name="notification_unread"),
            models.Index(
                fields=["room", "message_seq"], condition=Q(room__isnull=False), name="notification_of_message"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["topic", "seq"], name="notification_seq_once"),
            models.UniqueConstraint(fields=["topic", "version"], name="notification_version_once"),
            models.CheckConstraint(
                condition=Q(seq__gte=1, version__gte=F("seq")), name="notification_version_covers_seq"
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True)
                | Q(deleted_at__isnull=False, title="", body="", payload__isnull=True),
                name="notification_tombstone_is_empty",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic_id}#{self.seq}"


class Task(models.Model):
    """A task. Only people who can read its room can read it."""

    class State(models.TextChoices):
        """Whether the task is done."""

        OPEN = "open", _("Open")
        DONE = "done", _("Done")

    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("description"), blank=True, max_length=8000)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )
    assignee = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="tasks", verbose_name=_("assignee")
    )
    state = models.CharField(_("state"), max_length=4, choices=State.choices, default=State.OPEN)
    due_on = models.DateField(_("due date"), null=True, blank=True)  # over when it is over for its reader
    # The due date of which the assignee was reminded.
    reminded_of = models.DateField(null=True, blank=True, editable=False)
    room = models.ForeignKey(Room, models.CASCADE, null=True, blank=True, related_name="tasks", verbose_name=_("room"))
    message = models.ForeignKey(
        Message, models.SET_NULL, null=True, blank=True, related_name="tasks", verbose_name=_("message")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    completed_at = models.DateTimeField(_("completed at"), null=True, blank=True)
    completed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("completed by")
    )

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["due_on"],
                condition=Q(state="open", due_on__isnull=False, assignee__isnull=False),
                name="task_due",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="task_title_given"),
            models.CheckConstraint(
                condition=Q(state="open", completed_at__isnull=True, completed_by__isnull=True)
                | Q(state="done", completed_at__isnull=False),
                name="task_state",
            ),
            models.CheckConstraint(
                condition=Q(message__isnull=True) | Q(room__isnull=False), name="task_message_has_room"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """Something that is to reach a user outside of the pages: over one channel, to one target.

    It is written in the transaction that causes it and worked off by `notifications.services.deliveries`. What it says
    is not stored: it is worded when it is sent, from what is true then.
    """

    class State(models.TextChoices):
        """What became of it; DROPPED means that it was no longer wanted when it was due."""

        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        DROPPED = "dropped", _("Dropped")
        FAILED = "failed", _("Failed")

    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("user"))
    channel = models.CharField(_("channel"), max_length=8)
    target = models.PositiveBigIntegerField(
        _("target"), null=True, blank=True, help_text=_("What it means depends on the channel.")
    )
    # Receivers can recognize by it what is delivered twice.
    dedupe_key = models.CharField(_("dedupe key"), max_length=100, unique=True)
    # What it is about: a notification, a message without one, or neither.
    notification = models.ForeignKey(
        Notification, models.CASCADE, null=True, blank=True, related_name="deliveries", verbose_name=_("notification")
    )
    room = models.ForeignKey(Room, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("room"))
    seq = models.PositiveBigIntegerField(_("seq"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    # When to send it, or to send it again if the process that is sending it doesn't report.
    due_at = models.DateTimeField(_("due at"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_status = models.CharField(_("last status"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        ordering = ["-id"]
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="delivery_due"),
            models.Index(fields=["finished_at"], condition=Q(finished_at__isnull=False), name="delivery_finished"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", finished_at__isnull=True)
                | (~Q(state="waiting") & Q(finished_at__isnull=False)),
                name="delivery_state",
            ),
        ]

    def __str__(self) -> str:
        return self.dedupe_key


class PushSubscription(models.Model):
    """A browser in which a user turned on notifications, and how to reach it.

    A cookie identifies the browser. It outlives the session: the device is removed when its user signs out there, when
    somebody else signs in, or when the password changes elsewhere.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="devices", verbose_name=_("user"))
    device = models.CharField(max_length=64, unique=True, help_text=_("A digest of the browser's cookie."))
    sign_in = models.CharField(max_length=64, help_text=_("Of the password that was valid when it was turned on."))
    name = models.CharField(_("name"), max_length=80)
    endpoint = models.CharField(max_length=2048, unique=True, help_text=_("The address at the browser's push service."))
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    last_ok_at = models.DateTimeField(_("last reached"), null=True, blank=True)
    failures = models.PositiveSmallIntegerField(_("failures"), default=0, help_text=_("Since it was last reached."))
    last_status = models.CharField(_("last status"), max_length=200, blank=True)

    class Meta:
        verbose_name_plural = _("devices")
        ordering = ["-id"]
        verbose_name = _("device")

    def __str__(self) -> str:
        return self.name


class PushKey(models.Model):
    """A single row with the key that signs push messages. Subscriptions are bound to it, so it is never replaced.

    It is in the database so that all servers and the backups have it.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    private_key = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="push_key_single")]

    def __str__(self) -> str:
        return "push key"
