"""Members, bans and connections as clients send and get them."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from rooms.models import Membership
from rooms.selectors.online import MAX_ONLINE
from rooms.serializers.base import TextField


class NewMember(serializers.Serializer[Any]):
    """Who is to be a member: oneself when no name, or one's own, is given; others are invited."""

    user_name = TextField(required=False, max_length=150)

    rule: ClassVar[dict[str, Any]] = {"not": {"required": ["role"]}}  # given to members, never along with coming in


class MemberChanges(serializers.Serializer[Any]):
    """What may change about a member."""

    role = serializers.ChoiceField(choices=Membership.Role.choices)


class MemberForm(serializers.Serializer[Any]):
    """A member of a room."""

    user_id = serializers.IntegerField(help_text="Of the account; it stays when the names change.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True)
    role = serializers.ChoiceField(choices=Membership.Role.choices)
    joined_at = serializers.DateTimeField()


class OnlineForm(serializers.Serializer[Any]):
    """Who of a room's members is online."""

    online = serializers.ListField(
        child=serializers.IntegerField(), max_length=MAX_ONLINE, help_text="Their `user_id`s, the longest there first."
    )


class BanForm(serializers.Serializer[Any]):
    """A person who may not come back to a room."""

    user_id = serializers.IntegerField(help_text="Of the account; it stays when the names change.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()
    by = serializers.CharField(allow_null=True, help_text="Who did it; null when that account is gone.")
    created_at = serializers.DateTimeField()


class ConnectionForm(serializers.Serializer[Any]):
    """A socket that follows a room."""

    connection_id = serializers.CharField()
    user_id = serializers.IntegerField(allow_null=True, help_text="null: a guest.")
    user_name = serializers.CharField(allow_null=True, help_text="null: a guest.")
    display_name = serializers.CharField(allow_null=True)
    guest = serializers.BooleanField()
    opened_at = serializers.DateTimeField()
    since = serializers.DateTimeField(help_text="When it began to follow the room.")
    process = serializers.CharField(help_text="The server process that holds it.")
    address = serializers.CharField(required=False, allow_blank=True, help_text="For staff only.")
