"""Request and response bodies of preferences."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers

from rooms.models import Preferences
from rooms.serializers.base import FlagField, TextField
from rooms.serializers.people import TIME_ZONE_SCHEMA
from rooms.services.moments import MOMENT_PATTERN

CLOCK_PATTERN = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
CLOCK = {"pattern": CLOCK_PATTERN}


class PreferencesSchema(serializers.Serializer[Any]):
    """How and when you are notified, and how your rooms are listed."""

    dnd_until = serializers.DateTimeField(
        allow_null=True, help_text="Until when do-not-disturb is on; null if it is off."
    )
    quiet_from = serializers.CharField(allow_null=True, help_text="When your quiet hours start, like 22:00.")
    quiet_until = serializers.CharField(allow_null=True, help_text="When they end, on the same or the next day.")
    time_zone = serializers.CharField(help_text="By whose clock; empty if it is not known.")
    email = serializers.ChoiceField(
        choices=Preferences.Email.choices, help_text="Which e-mails you get about what you have not read."
    )
    hide_content = serializers.BooleanField(
        help_text="Whether notifications and e-mails leave out the text of messages."
    )
    unread_first = serializers.BooleanField(
        help_text="Whether pages list rooms with unread messages before the others."
    )


class ChangedPreferences(serializers.Serializer[Any]):
    """Changes to how and when you are notified, and how your rooms are listed. Absent fields stay as they are."""

    # The service also rejects times in the past or more than 5 years ahead, and quiet hours that have no start, end or
    # time zone.
    dnd_until = TextField(
        required=False,
        allow_null=True,
        schema={"pattern": MOMENT_PATTERN, "format": "date-time"},
        help_text="Until when do-not-disturb is on: ISO 8601 with a time zone. null turns it off.",
    )
    quiet_from = TextField(required=False, allow_null=True, schema=CLOCK, help_text="When your quiet hours start.")
    quiet_until = TextField(
        required=False, allow_null=True, schema=CLOCK, help_text="When they end, on the same or the next day."
    )
    time_zone = TextField(
        required=False,
        schema=TIME_ZONE_SCHEMA,
        help_text="By whose clock, like Europe/Berlin. If it was never given, that of your profile.",
    )
    email = serializers.ChoiceField(required=False, choices=Preferences.Email.choices)
    hide_content = FlagField(required=False)
    unread_first = FlagField(required=False)

    needs_body = True  # although no single field is required
    rule: ClassVar[dict[str, Any]] = {
        "anyOf": [
            {"required": [field]}
            for field in (
                "dnd_until",
                "quiet_from",
                "quiet_until",
                "time_zone",
                "email",
                "hide_content",
                "unread_first",
            )
        ],
    }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require a field. Raises ValidationError."""
        if not attrs:
            raise serializers.ValidationError({"dnd_until": _("This field is required.")})
        return attrs
