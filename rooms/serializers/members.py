"""Request and response bodies of members, bans and connections."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from rooms.models import Membership
from rooms.selectors.online import MAX_ONLINE
from rooms.serializers.base import TextField


class NewMember(serializers.Serializer[Any]):
    """The new member: the requesting user without a name or with their own; anybody else is invited."""

    user_name = TextField(required=False, max_length=150)

    rule: ClassVar[dict[str, Any]] = {"not": {"required": ["role"]}}  # a role can only be given to members


class MemberChanges(serializers.Serializer[Any]):
    """Changes to a member."""

    role = serializers.ChoiceField(choices=Membership.Role.choices)


class MemberSchema(serializers.Serializer[Any]):
    """A member of a room."""

    user_id = serializers.IntegerField(help_text="Identifies the account; never changes.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True)
    role = serializers.ChoiceField(choices=Membership.Role.choices)
    joined_at = serializers.DateTimeField()


class OnlineSchema(serializers.Serializer[Any]):
    """The online members of a room."""

    online = serializers.ListField(
        child=serializers.IntegerField(),
        max_length=MAX_ONLINE,
        help_text="Their `user_id`s, in the order they joined the room.",
    )
    away = serializers.ListField(
        child=serializers.IntegerField(),
        max_length=MAX_ONLINE,
        help_text="Those of them who are away: all their sockets are idle.",
    )


class BanSchema(serializers.Serializer[Any]):
    """A ban: the person can't join the room again."""

    user_id = serializers.IntegerField(help_text="Identifies the account; never changes.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()
    by = serializers.CharField(
        allow_null=True, help_text="The user who banned them; null if their account was deleted."
    )
    created_at = serializers.DateTimeField()


class ConnectionSchema(serializers.Serializer[Any]):
    """A socket that follows a room."""

    connection_id = serializers.CharField()
    user_id = serializers.IntegerField(allow_null=True, help_text="null for a guest.")
    user_name = serializers.CharField(allow_null=True, help_text="null for a guest.")
    display_name = serializers.CharField(allow_null=True)
    guest = serializers.BooleanField()
    opened_at = serializers.DateTimeField()
    since = serializers.DateTimeField(help_text="The time since which it has followed the room.")
    process = serializers.CharField(help_text="The server process of the connection.")
    address = serializers.CharField(required=False, allow_blank=True, help_text="For staff only.")
