"""Request and response bodies of scheduled messages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from rooms.serializers.base import VISIBLE, NumberField, TextField
from rooms.serializers.messages import MessageContent
from rooms.services.moments import MOMENT_PATTERN

MOMENT: dict[str, Any] = {"pattern": MOMENT_PATTERN, "format": "date-time"}
SEND_AT = "When to send it: ISO 8601 with a time zone, within the next 5 years."


class NewScheduled(MessageContent):
    """A message to be sent later."""

    send_at = TextField(schema=MOMENT, help_text=SEND_AT)
    reply_to = NumberField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=2**63 - 1,
        help_text="The seq of the message to reply to, which must be in the same room.",
    )


class ScheduledChanges(serializers.Serializer[Any]):
    """Changes of a scheduled message."""

    content = TextField(
        required=False,
        allow_blank=True,
        schema={"allOf": [{"pattern": VISIBLE}], "minLength": 1, "maxLength": settings.MAX_CONTENT_LENGTH},
        help_text="Markdown.",
    )
    send_at = TextField(required=False, schema=MOMENT, help_text=SEND_AT)


class ScheduledSchema(serializers.Serializer[Any]):
    """A scheduled message."""

    id = serializers.IntegerField()
    room_name = serializers.CharField()
    content = serializers.CharField()
    reply_to = serializers.IntegerField(allow_null=True)
    send_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()
    error = serializers.CharField(help_text="Why it could not be sent when it was due, or empty.")
