"""Request and response bodies of people."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from rooms.serializers.base import TextField
from rooms.services.profile import DISPLAY_NAME_PATTERN, MAX_DISPLAY_NAME


class PersonSchema(serializers.Serializer[Any]):
    """A person with an account."""

    user_id = serializers.IntegerField(help_text="Identifies the account; never changes.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True, help_text="The path of their picture; null if they have none.")


class ProfileChanges(serializers.Serializer[Any]):
    """Changes to the user's profile."""

    display_name = TextField(
        allow_blank=True,
        schema={"pattern": DISPLAY_NAME_PATTERN, "maxLength": MAX_DISPLAY_NAME},
        help_text="If empty, the user name is shown.",
    )
