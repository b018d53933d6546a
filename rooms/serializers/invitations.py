"""Invitations as clients send and get them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from rooms.serializers.base import TextField


class NewInvitation(serializers.Serializer[Any]):
    """The person to invite."""

    user_name = TextField(max_length=150)


class InvitationSchema(serializers.Serializer[Any]):
    """An invitation, as owners and moderators see it."""

    user_id = serializers.IntegerField(help_text="Identifies the account; never changes.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True)
    by = serializers.CharField(allow_null=True, help_text="The inviting user; null if their account was deleted.")
    created_at = serializers.DateTimeField()


class MyInvitationSchema(serializers.Serializer[Any]):
    """An invitation, as the invited person sees it."""

    room_name = serializers.CharField()
    title = serializers.CharField(help_text="The room's title, or its name if it has no title.")
    by = serializers.CharField(allow_null=True, help_text="The inviting user; null if their account was deleted.")
    by_display_name = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
