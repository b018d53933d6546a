"""Request and response bodies of blocks."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from rooms.serializers.base import TextField


class NewBlock(serializers.Serializer[Any]):
    """The person to block."""

    user_name = TextField(max_length=150)


class BlockSchema(serializers.Serializer[Any]):
    """A blocked person."""

    user_name = serializers.CharField()
    display_name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
