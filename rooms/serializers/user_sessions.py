"""Response bodies of sessions."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class UserSessionSchema(serializers.Serializer[Any]):
    """A browser in which the user is signed in."""

    id = serializers.IntegerField()
    device = serializers.CharField(help_text="Like “Firefox on Android”.")
    address = serializers.CharField(help_text="The address from which it was last seen.")
    created_at = serializers.DateTimeField()
    seen_at = serializers.DateTimeField(help_text="To a few minutes.")
    current = serializers.BooleanField(help_text="Whether this request was sent with it.")
