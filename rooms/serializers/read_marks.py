"""Read pointers and unread counts as clients send and get them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from rooms.models import Room
from rooms.serializers.base import FlagField, NumberField


class NewMark(serializers.Serializer[Any]):
    """How far one has read."""

    seq = NumberField(min_value=0, max_value=2**63 - 1, help_text="Of the last message read.")
    rewind = FlagField(required=False, help_text="Whether the pointer may go down; without it, it only goes up.")


class ReadForm(serializers.Serializer[Any]):
    """How far one has read in a room."""

    seq = serializers.IntegerField(help_text="Of the last message read.")
    last_seq = serializers.IntegerField(help_text="Of the room's last message.")
    unread = serializers.IntegerField(help_text="The messages above `seq`, but one's own and deleted ones.")
    mentions = serializers.IntegerField(help_text="Those of them that call one.")


class UnreadRoomForm(serializers.Serializer[Any]):
    """One of one's rooms, and what is unread there."""

    room_name = serializers.CharField()
    title = serializers.CharField(help_text="A direct room is called after the others.")
    kind = serializers.ChoiceField(choices=Room.Kind.choices)
    avatar = serializers.CharField(required=False, help_text="The other person's picture, in a direct room of two.")
    last_seq = serializers.IntegerField()
    read_seq = serializers.IntegerField()
    unread = serializers.IntegerField(help_text="The messages above `read_seq`, but one's own and deleted ones.")
    mentions = serializers.IntegerField()


class UnreadForm(serializers.Serializer[Any]):
    """One's rooms, by name."""

    rooms = UnreadRoomForm(many=True)
