"""Invitations by e-mail as clients send and get them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from rooms.selectors.email_invitations import STATES
from rooms.serializers.base import TextField
from rooms.services.email_invitations import MAX_ADDRESSES

MAX_EMAIL_LENGTH = 320


class NewEmailInvitations(serializers.Serializer[Any]):
    """Addresses of people to invite."""

    emails = serializers.ListField(
        child=TextField(max_length=MAX_EMAIL_LENGTH), min_length=1, max_length=MAX_ADDRESSES, help_text="Without names."
    )


class EmailInvitationSchema(serializers.Serializer[Any]):
    """An invitation by e-mail, as those who may revoke it see it. It never says whose the address is."""

    id = serializers.IntegerField()
    email = serializers.CharField()
    room_name = serializers.CharField(allow_null=True, help_text="null for an invitation to create an account.")
    state = serializers.ChoiceField(
        choices=STATES,
        help_text="`pending`, `accepted`, or why it can't be accepted: it is `expired`, the room is `archived`, or the "
        "person who sent it can no longer invite people (`maker_gone`).",
    )
    by = serializers.CharField(allow_null=True, help_text="null if their account was deleted.")
    sent_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)


class EmailInvitationsSchema(serializers.Serializer[Any]):
    """The invitations that were made, and addresses that had a pending one already."""

    invitations = EmailInvitationSchema(many=True)
    already_invited = serializers.ListField(child=serializers.CharField())
