"""Request and response bodies of what members want of a room."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers

from rooms.models import Membership
from rooms.serializers.base import FlagField, NumberField


class MembershipSchema(serializers.Serializer[Any]):
    """What you want of a room. Other members don't see it."""

    level = serializers.ChoiceField(
        choices=Membership.Level.choices,
        help_text="Which messages notify you. Defaults to `everything` in direct rooms, else `mentions`.",
    )
    muted = serializers.BooleanField(help_text="Whether the room is dimmed and last in your list.")
    favourite = serializers.BooleanField(help_text="Whether the room is first in your list.")
    section = serializers.IntegerField(
        allow_null=True, help_text="The id of the section of your list that it is in, unless it is a favourite."
    )


class MembershipChanges(serializers.Serializer[Any]):
    """Changes to what you want of a room. Absent fields stay as they are."""

    level = serializers.ChoiceField(
        required=False, choices=Membership.Level.choices, help_text="Which messages notify you."
    )
    muted = FlagField(required=False, help_text="Whether the room is dimmed and last in your list.")
    favourite = FlagField(required=False, help_text="Whether the room is first in your list.")
    section = NumberField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=2**63 - 1,
        help_text="The id of one of your sections; null puts the room back into the list.",
    )

    needs_body = True  # although no single field is required
    rule: ClassVar[dict[str, Any]] = {
        "anyOf": [{"required": [field]} for field in ("level", "muted", "favourite", "section")],
    }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require a field. Raises ValidationError."""
        if not attrs:
            raise serializers.ValidationError({"level": _("This field is required.")})
        return attrs
