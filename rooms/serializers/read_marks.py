"""Request and response bodies of read markers and unread counts."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from rooms.models import Membership, Room
from rooms.serializers.base import FlagField, NumberField


class NewMark(serializers.Serializer[Any]):
    """A new position of the read marker."""

    seq = NumberField(min_value=0, max_value=2**63 - 1, help_text="The seq of the last message read.")
    rewind = FlagField(required=False, help_text="Whether the marker may move back. Without it, it only moves forward.")


class ReadSchema(serializers.Serializer[Any]):
    """The read marker in a room."""

    seq = serializers.IntegerField(help_text="The seq of the last message read.")
    last_seq = serializers.IntegerField(help_text="The seq of the room's last message.")
    unread = serializers.IntegerField(help_text="The number of messages after `seq`, except your own and deleted ones.")
    mentions = serializers.IntegerField(help_text="The number of those that mention you or reply to you.")


class UnreadRoomSchema(serializers.Serializer[Any]):
    """One of the user's rooms, with its unread counts."""

    room_name = serializers.CharField()
    title = serializers.CharField(help_text="For a direct room, the names of the other people.")
    kind = serializers.ChoiceField(choices=Room.Kind.choices)
    avatar = serializers.CharField(required=False, help_text="The other person's picture, in a direct room of two.")
    user_id = serializers.IntegerField(required=False, help_text="The other person's id, in a direct room of two.")
    others = serializers.IntegerField(
        required=False, help_text="The number of the other people, in a direct room; absent if you are alone in it."
    )
    last_seq = serializers.IntegerField()
    read_seq = serializers.IntegerField()
    unread = serializers.IntegerField(
        help_text="The number of messages after `read_seq`, except your own and deleted ones."
    )
    mentions = serializers.IntegerField()
    level = serializers.ChoiceField(
        required=False,
        choices=Membership.Level.choices,
        help_text="The notifications you have chosen; absent if you have the default.",
    )
    muted = serializers.BooleanField(required=False, help_text="true if you have muted the room; else absent.")
    favourite = serializers.BooleanField(required=False, help_text="true if it is one of your favourites; else absent.")
    section = serializers.IntegerField(
        required=False, help_text="The id of the section of your list that it is in; absent if there is none."
    )


class UnreadSchema(serializers.Serializer[Any]):
    """The user's rooms, by name."""

    rooms = UnreadRoomSchema(many=True)
