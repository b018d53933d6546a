"""Request and response bodies of reports and mutes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from rooms.models import Report, ReportAction
from rooms.people.names import LINE_PATTERN
from rooms.serializers.base import FlagField, NumberField, TextField
from rooms.serializers.scheduled_messages import MOMENT
from rooms.services.reports import MAX_NOTE_LENGTH
from rooms.services.restrictions import MAX_REASON_LENGTH

MAX_MINUTES = 366 * 24 * 60


class NewReport(serializers.Serializer[Any]):
    """What is wrong with a message or a person."""

    reason = serializers.ChoiceField(choices=Report.Reason.choices)
    note = TextField(required=False, allow_blank=True, max_length=MAX_NOTE_LENGTH, help_text="More about it.")


class OwnReportSchema(serializers.Serializer[Any]):
    """One of the requesting user's reports."""

    id = serializers.IntegerField()
    room_name = serializers.CharField(allow_null=True, help_text="null for a report of a person.")
    seq = serializers.IntegerField(allow_null=True, help_text="Of the message; null for a report of a person.")
    user_name = serializers.CharField(help_text="Whom it is about.")
    reason = serializers.ChoiceField(choices=Report.Reason.choices)
    note = serializers.CharField()
    closed = serializers.BooleanField(help_text="Whether a moderator has looked at it.")
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


class ReportActionSchema(serializers.Serializer[Any]):
    """What was done about a report."""

    id = serializers.IntegerField()
    action = serializers.ChoiceField(choices=ReportAction.Kind.choices)
    by = serializers.CharField(allow_null=True, help_text="The user name; null if the account was deleted.")
    at = serializers.DateTimeField()
    until = serializers.DateTimeField(allow_null=True, help_text="Of a mute; null until it is lifted.")
    everywhere = serializers.BooleanField(help_text="Of a mute: in all rooms.")
    undone_at = serializers.DateTimeField(allow_null=True)


class ReportSchema(serializers.Serializer[Any]):
    """A report, for those who may handle it."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=Report.State.choices)
    room_name = serializers.CharField(allow_null=True, help_text="null for a report of a person.")
    seq = serializers.IntegerField(allow_null=True, help_text="Of the message; null for a report of a person.")
    user_name = serializers.CharField(help_text="Whom it is about.")
    content = serializers.CharField(help_text="Of the message, as it was when it was reported.")
    content_now = serializers.CharField(allow_null=True, help_text="As it is now; null if it was deleted.")
    files = serializers.ListField(child=serializers.CharField(), help_text="The names of the files that it had.")
    reason = serializers.ChoiceField(choices=Report.Reason.choices)
    note = serializers.CharField()
    reporter = serializers.CharField(allow_null=True, help_text="The user name; null if the account was deleted.")
    assignee = serializers.CharField(allow_null=True, help_text="The user name of who looks at it.")
    created_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)
    closed_by = serializers.CharField(allow_null=True)
    actions = ReportActionSchema(many=True)


class NewReportAction(serializers.Serializer[Any]):
    """What to do about a report."""

    action = serializers.ChoiceField(choices=ReportAction.Kind.choices)
    minutes = NumberField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=MAX_MINUTES,
        help_text="How long a mute lasts; null until it is lifted.",
    )
    everywhere = FlagField(required=False, help_text="Mute in all rooms; for admins.")
    reason = TextField(
        required=False,
        allow_blank=True,
        max_length=MAX_REASON_LENGTH,
        schema={"pattern": LINE_PATTERN},
        help_text="Of a mute; the person is told.",
    )


class NewMute(serializers.Serializer[Any]):
    """Until when and why somebody is muted."""

    until = TextField(required=False, allow_null=True, schema=MOMENT, help_text="null until it is lifted.")
    reason = TextField(
        required=False,
        allow_blank=True,
        max_length=MAX_REASON_LENGTH,
        schema={"pattern": LINE_PATTERN},
        help_text="The person is told.",
    )


class MuteSchema(serializers.Serializer[Any]):
    """A mute: the person can read, but not write."""

    user_id = serializers.IntegerField()
    user_name = serializers.CharField()
    display_name = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    by = serializers.CharField(allow_null=True, help_text="The user name; null if the account was deleted.")
    created_at = serializers.DateTimeField()
