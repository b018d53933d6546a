"""Invite links as clients send and get them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from rooms.selectors.invite_links import LinkState
from rooms.serializers.base import NumberField, TextField
from rooms.services.invite_links import MAX_USES
from rooms.services.moments import MOMENT_PATTERN

MAX_LINK_LENGTH = 500
STATES = [state.value for state in LinkState]


class NewInviteLink(serializers.Serializer[Any]):
    """A new invite link."""

    max_uses = NumberField(
        required=False, allow_null=True, min_value=1, max_value=MAX_USES, help_text="How many people can join with it."
    )
    # The service also rejects times in the past or more than 5 years ahead.
    expires_at = TextField(
        required=False,
        allow_null=True,
        schema={"pattern": MOMENT_PATTERN, "format": "date-time"},
        help_text="ISO 8601 with a time zone. Without it, the link works until it is revoked.",
    )


class InviteLinkSchema(serializers.Serializer[Any]):
    """An invite link, as those who may revoke it see it."""

    id = serializers.CharField(help_text="Identifies the link; nobody can join with it.")
    url = serializers.CharField(help_text="The address to pass on.")
    room_name = serializers.CharField(allow_null=True, help_text="null for a link with which people create an account.")
    state = serializers.ChoiceField(
        choices=STATES,
        help_text="`works`, or why not: it is `revoked`, `expired` or `used_up`, the room is `archived`, or the person "
        "who created it can no longer invite people (`maker_gone`).",
    )
    created_by = serializers.CharField(allow_null=True, help_text="null if their account was deleted.")
    created_at = serializers.DateTimeField()
    uses = serializers.IntegerField(help_text="How many people have joined with it.")
    max_uses = serializers.IntegerField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)
    revoked_at = serializers.DateTimeField(allow_null=True)


class InviteLinkUseSchema(serializers.Serializer[Any]):
    """A person who joined with a link."""

    user_id = serializers.IntegerField(help_text="Identifies the account; never changes.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True)
    used_at = serializers.DateTimeField()


class InviteToJoin(serializers.Serializer[Any]):
    """The invite link to join with."""

    link = TextField(max_length=MAX_LINK_LENGTH, help_text="Its address, or only the last part.")
