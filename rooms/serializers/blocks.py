"""Blocks as clients send and get them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from rooms.serializers.base import TextField


class NewBlock(serializers.Serializer[Any]):
    """Whom to block."""

    user_name = TextField(max_length=150)


class BlockForm(serializers.Serializer[Any]):
    """Somebody one has blocked."""

    user_name = serializers.CharField()
    display_name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
