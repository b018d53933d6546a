"""Request and response bodies of the sections of a user's list of rooms."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers

from rooms.people.names import LINE_PATTERN
from rooms.serializers.base import VISIBLE, FlagField, NumberField, TextField
from rooms.services.sections import MAX_NAME_LENGTH, MAX_SECTIONS

NAME: dict[str, Any] = {"allOf": [{"pattern": VISIBLE}, {"pattern": LINE_PATTERN}], "maxLength": MAX_NAME_LENGTH}


class SectionSchema(serializers.Serializer[Any]):
    """A section of your list of rooms. Others don't see it."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    collapsed = serializers.BooleanField(help_text="Whether only its rooms with unread messages are shown.")


class NewSection(serializers.Serializer[Any]):
    """A new section."""

    name = TextField(schema=NAME, help_text="Different from your other sections, ignoring case.")


class SectionChanges(serializers.Serializer[Any]):
    """Changes of a section. Absent fields stay as they are."""

    name = TextField(required=False, schema=NAME, help_text="Different from your other sections, ignoring case.")
    collapsed = FlagField(required=False, help_text="Whether only its rooms with unread messages are shown.")
    position = NumberField(
        required=False,
        min_value=0,
        max_value=MAX_SECTIONS - 1,
        help_text="Its place among your sections, from 0; a larger number than there are means the last.",
    )

    needs_body = True  # although no single field is required
    rule: ClassVar[dict[str, Any]] = {
        "anyOf": [{"required": [field]} for field in ("name", "collapsed", "position")],
    }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Require a field. Raises ValidationError."""
        if not attrs:
            raise serializers.ValidationError({"name": _("This field is required.")})
        return attrs
