"""People as clients get them, and what they may change about themselves."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from rooms.serializers.base import TextField


class PersonForm(serializers.Serializer[Any]):
    """A person with an account."""

    user_id = serializers.IntegerField(help_text="Of the account; it stays when the names change.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True, help_text="The path of their picture; null: none.")


class ProfileChanges(serializers.Serializer[Any]):
    """How one wants to be called."""

    display_name = TextField(allow_blank=True, help_text="At most 80 characters; empty: the user name is shown.")
