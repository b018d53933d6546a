"""Request and response bodies of people."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework import serializers

from rooms.people.time_zones import MAX_ZONE_LENGTH
from rooms.serializers.base import FlagField, TextField
from rooms.serializers.messages import MAX_EMOJI_LENGTH
from rooms.services.moments import MOMENT_PATTERN
from rooms.services.profile import DISPLAY_NAME_PATTERN, MAX_DISPLAY_NAME
from rooms.services.statuses import MAX_STATUS_LENGTH

LANGUAGE_HELP = "Of your pages, mails and notifications, like de. Empty for the language of the browser."
TIME_ZONE_SCHEMA = {"pattern": "^[A-Za-z0-9_+/-]*$", "maxLength": MAX_ZONE_LENGTH}


class PersonSchema(serializers.Serializer[Any]):
    """A person with an account."""

    user_id = serializers.IntegerField(help_text="Identifies the account; never changes.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True, help_text="The path of their picture; null if they have none.")


class MeSchema(PersonSchema):
    """The requesting user."""

    show_link_previews = serializers.BooleanField(help_text="Whether your pages show previews of links.")
    time_zone = serializers.CharField(
        allow_null=True, help_text="By which others see your local time; empty if they don't, null if it is not known."
    )
    language = serializers.CharField(help_text=LANGUAGE_HELP)


class StatusSchema(serializers.Serializer[Any]):
    """What a person says that they are doing."""

    emoji = serializers.CharField(help_text="One emoji, or empty.")
    text = serializers.CharField(help_text="May be empty if there is an emoji.")
    until = serializers.DateTimeField(allow_null=True, help_text="When it ends; null if it stays until it is cleared.")


class NewStatus(serializers.Serializer[Any]):
    """A status: an emoji, a text or both."""

    emoji = TextField(required=False, allow_blank=True, max_length=MAX_EMOJI_LENGTH, help_text="One emoji.")
    text = TextField(required=False, allow_blank=True, schema={"maxLength": MAX_STATUS_LENGTH})
    until = TextField(
        required=False,
        allow_null=True,
        schema={"pattern": MOMENT_PATTERN, "format": "date-time"},
        help_text="When it ends: ISO 8601 with a time zone. null: when it is cleared.",
    )

    needs_body = True  # although no single field is required


class SharedRoomSchema(serializers.Serializer[Any]):
    """A room of which both are members."""

    name = serializers.CharField()
    title = serializers.CharField()


class PersonCardSchema(PersonSchema):
    """A person's profile card."""

    online = serializers.BooleanField(
        allow_null=True, help_text="Whether they have an open socket; null if you can read none of their rooms."
    )
    away = serializers.BooleanField(help_text="Whether they are online, but use none of their pages.")
    time_zone = serializers.CharField(allow_null=True, help_text="Null if it is not known or not shown.")
    local_time = serializers.DateTimeField(
        allow_null=True, help_text="The time now, with the offset of their time zone."
    )
    role = serializers.CharField(allow_null=True, help_text="In the room `room_name`; null if they are no member.")
    shared_rooms = SharedRoomSchema(many=True, help_text="Rooms of which you both are members, at most 50, by name.")
    shared_room_count = serializers.IntegerField()
    blocked = serializers.BooleanField(help_text="Whether you have blocked them.")
    status = StatusSchema(allow_null=True, help_text="What they say that they are doing.")
    not_disturbed = serializers.BooleanField(
        help_text="Whether they get no notifications now: do-not-disturb is on, or these are their quiet hours."
    )


class ProfileChanges(serializers.Serializer[Any]):
    """Changes to the user's profile. Absent fields stay as they are."""

    display_name = TextField(
        required=False,
        allow_blank=True,
        schema={"pattern": DISPLAY_NAME_PATTERN, "maxLength": MAX_DISPLAY_NAME},
        help_text="If empty, the user name is shown.",
    )
    time_zone = TextField(
        allow_blank=True,
        required=False,
        schema=TIME_ZONE_SCHEMA,
        help_text="A name like Europe/Berlin. If empty, others don't see your local time.",
    )
    language = TextField(
        allow_blank=True,
        required=False,
        schema={"enum": ["", *dict(settings.LANGUAGES)]},
        help_text=LANGUAGE_HELP,
    )
    show_link_previews = FlagField(required=False, help_text="Whether your pages show previews of links.")

    needs_body = True  # although no single field is required
    rule: ClassVar[dict[str, Any]] = {
        "anyOf": [{"required": [field]} for field in ("display_name", "show_link_previews", "time_zone", "language")],
    }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require a field. Raises ValidationError."""
        if not attrs:
            raise serializers.ValidationError({"display_name": _("This field is required.")})
        return attrs
