"""Request and response bodies of what members want of a room."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from rooms.models import Membership
from rooms.serializers.base import FlagField


class MembershipSchema(serializers.Serializer[Any]):
    """What you want of a room. Other members don't see it."""

    level = serializers.ChoiceField(
        choices=Membership.Level.choices,
        help_text="Which messages notify you. Defaults to `everything` in direct rooms, else `mentions`.",
    )
    muted = serializers.BooleanField(help_text="Whether the room is dimmed and last in your list.")
    favourite = serializers.BooleanField(help_text="Whether the room is first in your list.")


class MembershipChanges(serializers.Serializer[Any]):
    """Changes to what you want of a room. Absent fields stay as they are."""

    level = serializers.ChoiceField(
        required=False, choices=Membership.Level.choices, help_text="Which messages notify you."
    )
    muted = FlagField(required=False, help_text="Whether the room is dimmed and last in your list.")
    favourite = FlagField(required=False, help_text="Whether the room is first in your list.")

    needs_body = True  # although no single field is required
    rule: ClassVar[dict[str, Any]] = {
        "anyOf": [{"required": ["level"]}, {"required": ["muted"]}, {"required": ["favourite"]}],
    }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require a field. Raises ValidationError."""
        if not attrs:
            raise serializers.ValidationError({"level": "This field is required."})
        return attrs
