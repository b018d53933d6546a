"""Events of the audit log as clients get them, and as exports have them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from chatproject.origin import Via


class AuditEventSchema(serializers.Serializer[Any]):
    """One use of power. Names are those of that time; ids are null where there is nobody or no room."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    action = serializers.CharField(help_text="Such as `member.banned`. New versions may have more.")
    via = serializers.ChoiceField(
        choices=[via.value for via in Via], help_text="The way: for `command` and `task`, nobody signed in did it."
    )
    actor_id = serializers.IntegerField(allow_null=True, help_text="Who did it.")
    actor_name = serializers.CharField()
    user_id = serializers.IntegerField(allow_null=True, help_text="To whom.")
    user_name = serializers.CharField()
    room_id = serializers.IntegerField(allow_null=True)
    room_name = serializers.CharField()
    target = serializers.CharField(help_text="To what: the seq of a message, the name of a token.")
    before = serializers.DictField(help_text="What was changed, as it was before.")
    after = serializers.DictField(help_text="What was changed, as it is since.")
    address = serializers.CharField(help_text="The IP address. Empty if unknown, and for all but admins.")
    request_id = serializers.CharField(
        help_text="As in `X-Request-ID` and in the server's log. Empty for all but admins."
    )
