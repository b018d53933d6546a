"""Request bodies of topics, notifications and tasks, and, for the OpenAPI schema, the responses.

Unknown fields are ignored, so clients can't set an author, a seq, a version or a time.
"""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from notifications.models import TOPIC_NAME_PATTERN, Notification, Task, Topic
from notifications.services.posting import MAX_BODY_LENGTH, MAX_PAYLOAD_BYTES, MAX_TITLE_LENGTH
from notifications.services.tasks import DATE_PATTERN
from rooms.models import ROOM_NAME_PATTERN
from rooms.people.names import LINE_PATTERN
from rooms.serializers.base import NO_NUL, NOT_BLANK, NumberField, TextField

# --- Requests --------------------------------------------------------------------------------------------------


class TopicChanges(serializers.Serializer[Any]):
    """Changes to a topic."""

    title = TextField(required=False, allow_blank=True, max_length=120, schema={"pattern": LINE_PATTERN})
    description = TextField(required=False, allow_blank=True, max_length=500, schema={"pattern": LINE_PATTERN})
    subscribers = serializers.ChoiceField(
        required=False, choices=Topic.Subscribers.choices, help_text="Who can read the topic. Defaults to `users`."
    )
    publishers = serializers.ChoiceField(
        required=False, choices=Topic.Publishers.choices, help_text="Who can publish on the topic. Defaults to `staff`."
    )


class NewTopic(TopicChanges):
    """A new topic. Its name can't be changed later: 1 to 64 lowercase letters, digits and `.-_`, and not only dots."""

    name = TextField(max_length=64, schema={"pattern": TOPIC_NAME_PATTERN})


# Without NUL, which databases can't store.
JSON_OBJECT = {
    "type": "object",
    "propertyNames": {"pattern": NO_NUL},
    "additionalProperties": {"$ref": "#/components/schemas/Json"},
}


@extend_schema_field(JSON_OBJECT)
class PayloadField(serializers.DictField):
    """A JSON object for programs."""


class NewNotification(serializers.Serializer[Any]):
    """A new notification."""

    title = TextField(max_length=MAX_TITLE_LENGTH, schema={"pattern": NOT_BLANK})
    # The service rejects longer bodies, with `too_large`.
    body = TextField(required=False, allow_blank=True, schema={"maxLength": MAX_BODY_LENGTH})
    payload = PayloadField(
        required=False, allow_null=True, help_text=f"For programs; at most {MAX_PAYLOAD_BYTES} bytes of JSON."
    )


class NotificationsRead(serializers.Serializer[Any]):
    """Which of the user's own notifications are read."""

    up_to = NumberField(min_value=1, max_value=2**63 - 1, help_text="The seq of the last one.")


class TaskFields(serializers.Serializer[Any]):
    """What a task can be created with and what can be changed."""

    title = TextField(required=False, max_length=MAX_TITLE_LENGTH, schema={"pattern": NOT_BLANK})
    description = TextField(required=False, allow_blank=True, schema={"maxLength": MAX_BODY_LENGTH})
    due_on = TextField(
        required=False,
        allow_null=True,
        schema={"pattern": DATE_PATTERN, "format": "date"},
        help_text="The due date, like `2026-05-01`; null for none.",
    )
    assignee = TextField(required=False, allow_null=True, max_length=150, help_text="A user name; null for nobody.")


class TaskChanges(TaskFields):
    """Changes to a task."""

    state = serializers.ChoiceField(required=False, choices=Task.State.choices)


class NewTask(TaskFields):
    """A new task. It may belong to a room, and to one of the room's messages."""

    title = TextField(max_length=MAX_TITLE_LENGTH, schema={"pattern": NOT_BLANK})
    room_name = TextField(required=False, allow_null=True, max_length=64, schema={"pattern": ROOM_NAME_PATTERN})
    seq = NumberField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=2**63 - 1,
        help_text="The seq of the message it comes from; requires `room_name`.",
    )

    rule: ClassVar[dict[str, Any]] = {
        "anyOf": [
            {"required": ["room_name"], "properties": {"room_name": {"type": "string"}}},
            {"not": {"required": ["seq"], "properties": {"seq": {"type": "integer"}}}},
        ]
    }


class NewAssignee(serializers.Serializer[Any]):
    """A new assignee."""

    assignee = TextField(allow_null=True, max_length=150, help_text="A user name; null for nobody.")


class NewDevice(serializers.Serializer[Any]):
    """A browser's push subscription, as `PushSubscription.toJSON()` has it, without `keys` around its two keys."""

    endpoint = TextField(max_length=2048, schema={"pattern": r"^https://"}, help_text="At the browser's push service.")
    p256dh = TextField(max_length=100, help_text="The browser's public key in base64url.")
    auth = TextField(max_length=40, help_text="The browser's secret in base64url.")


# --- Responses -------------------------------------------------------------------------------------------------


class TopicSchema(serializers.Serializer[Any]):
    """A topic."""

    name = serializers.CharField(help_text="For a personal topic: `@` followed by the user name.")
    title = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)
    subscribers = serializers.ChoiceField(choices=Topic.Subscribers.choices)
    publishers = serializers.ChoiceField(choices=Topic.Publishers.choices)
    created_at = serializers.DateTimeField()
    version = serializers.IntegerField(help_text="Increases by one with every change in the topic.")
    last_seq = serializers.IntegerField(help_text="The seq of its newest notification.")
    may_publish = serializers.BooleanField(help_text="Whether you can publish on it.")


class NotificationSchema(serializers.Serializer[Any]):
    """A notification."""

    topic = serializers.CharField()
    seq = serializers.IntegerField(help_text="Its number in the topic; never changes.")
    version = serializers.IntegerField(help_text="The topic's version at its latest change.")
    title = serializers.CharField(allow_blank=True, help_text="Empty only if the notification was withdrawn.")
    kind = serializers.ChoiceField(
        required=False,
        choices=Notification.Kind.choices,
        help_text="What happened, if Parlor tells it; `payload` has the parameters. Absent if somebody published it.",
    )
    body = serializers.CharField(allow_blank=True)
    payload = serializers.DictField(allow_null=True)
    created_at = serializers.DateTimeField()
    user_name = serializers.CharField(required=False, help_text="The user who caused it, if known.")
    deleted = serializers.BooleanField(
        required=False, help_text="Only if `true`: it was withdrawn because the text it was about was deleted."
    )


class NotificationPageSchema(serializers.Serializer[Any]):
    """Some notifications of a topic, oldest first."""

    notifications = NotificationSchema(many=True)
    version = serializers.IntegerField(help_text="The topic's version, read before the notifications.")
    epoch = serializers.UUIDField(
        help_text="Identifies this state of the database. If it changes, discard everything known and start over."
    )
    more = serializers.BooleanField(help_text="Whether there are more results.")


class MyNotificationSchema(NotificationSchema):
    """A notification on one's own topic."""

    unread = serializers.BooleanField()


class UnreadNotificationsSchema(serializers.Serializer[Any]):
    """How many of the user's own notifications are unread."""

    unread = serializers.IntegerField(help_text="Without reminders; 100 stands for 100 or more.")


class MyNotificationPageSchema(UnreadNotificationsSchema, NotificationPageSchema):
    """Some notifications of the user's own topic, oldest first."""

    notifications = MyNotificationSchema(many=True)


class TaskSchema(serializers.Serializer[Any]):
    """A task."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(choices=Task.State.choices)
    due_on = serializers.DateField(allow_null=True, help_text="The due date, in the time zone of its reader.")
    room_name = serializers.CharField(allow_null=True)
    seq = serializers.IntegerField(allow_null=True, help_text="The seq of the message it comes from.")
    created_by = serializers.CharField(allow_null=True)
    assignee = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    completed_at = serializers.DateTimeField(allow_null=True)
    completed_by = serializers.CharField(allow_null=True)


class DeviceSchema(serializers.Serializer[Any]):
    """A browser in which you turned on notifications."""

    id = serializers.IntegerField()
    name = serializers.CharField(help_text="Like `Firefox on Android`.")
    here = serializers.BooleanField(help_text="Whether it is the browser that asks.")
    created_at = serializers.DateTimeField()
    last_ok_at = serializers.DateTimeField(
        allow_null=True, help_text="When its push service last accepted a notification."
    )
    failures = serializers.IntegerField(help_text="Notifications in a row that failed since then.")
    last_status = serializers.CharField(allow_blank=True, help_text="The last answer of its push service.")


class DevicesSchema(serializers.Serializer[Any]):
    """Your devices, and the key that browsers need to subscribe."""

    public_key = serializers.CharField(help_text="The `applicationServerKey` of this server, in base64url.")
    devices = DeviceSchema(many=True)


class DeviceTestSchema(serializers.Serializer[Any]):
    """How a test went."""

    detail = serializers.CharField(help_text="A sentence for people.")
