"""Invitations as clients send and get them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from rooms.serializers.base import TextField


class NewInvitation(serializers.Serializer[Any]):
    """Whom to invite."""

    user_name = TextField(max_length=150)


class InvitationForm(serializers.Serializer[Any]):
    """An invitation, as those see it who look after the room."""

    user_id = serializers.IntegerField(help_text="Of the account; it stays when the names change.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True)
    by = serializers.CharField(allow_null=True, help_text="Who invites; null when that account is gone.")
    created_at = serializers.DateTimeField()


class MyInvitationForm(serializers.Serializer[Any]):
    """An invitation, as the invited person sees it."""

    room_name = serializers.CharField()
    title = serializers.CharField(help_text="The room's; its name where it has none.")
    by = serializers.CharField(allow_null=True, help_text="Who invites; null when that account is gone.")
    by_display_name = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
