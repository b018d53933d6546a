"""Request and response bodies of saved messages."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from rooms.serializers.base import TextField
from rooms.serializers.messages import MessageSchema
from rooms.services.moments import MOMENT_PATTERN


class NewSaved(serializers.Serializer[Any]):
    """A reminder for a saved message."""

    # The service also rejects times in the past or more than 5 years ahead.
    remind_at = TextField(
        required=False,
        allow_null=True,
        schema={"pattern": MOMENT_PATTERN, "format": "date-time"},
        help_text="When to remind you: ISO 8601 with a time zone. null removes the reminder.",
    )


class SavedStateSchema(serializers.Serializer[Any]):
    """When a message was saved, and its reminder."""

    at = serializers.DateTimeField()
    remind_at = serializers.DateTimeField(allow_null=True)
    reminded_at = serializers.DateTimeField(allow_null=True, help_text="When the reminder was sent.")


class SavedSchema(serializers.Serializer[Any]):
    """A message that you saved."""

    room_name = serializers.CharField()
    seq = serializers.IntegerField()
    saved = SavedStateSchema()


class SavedMessageSchema(SavedSchema):
    """A message that you saved, with the message."""

    room_title = serializers.CharField(help_text="As you see it.")
    message = MessageSchema()
