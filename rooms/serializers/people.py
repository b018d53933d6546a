"""Request and response bodies of people."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from rooms.serializers.base import FlagField, TextField
from rooms.services.profile import DISPLAY_NAME_PATTERN, MAX_DISPLAY_NAME


class PersonSchema(serializers.Serializer[Any]):
    """A person with an account."""

    user_id = serializers.IntegerField(help_text="Identifies the account; never changes.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True, help_text="The path of their picture; null if they have none.")


class MeSchema(PersonSchema):
    """The requesting user."""

    show_link_previews = serializers.BooleanField(help_text="Whether your pages show previews of links.")


class ProfileChanges(serializers.Serializer[Any]):
    """Changes to the user's profile."""

    display_name = TextField(
        required=False,
        allow_blank=True,
        schema={"pattern": DISPLAY_NAME_PATTERN, "maxLength": MAX_DISPLAY_NAME},
        help_text="If empty, the user name is shown.",
    )
    show_link_previews = FlagField(required=False, help_text="Whether your pages show previews of links.")

    needs_body = True  # although no single field is required
    rule: ClassVar[dict[str, Any]] = {
        "anyOf": [{"required": ["display_name"]}, {"required": ["show_link_previews"]}],
    }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require a field. Raises ValidationError."""
        if not attrs:
            raise serializers.ValidationError({"display_name": "This field is required."})
        return attrs
