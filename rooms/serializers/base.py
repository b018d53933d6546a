"""The fields that request bodies consist of, and the problem body of errors."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from rooms.people.names import INVISIBLE

# Patterns for the OpenAPI schema, with the same meaning in Python and in ECMAScript.
NO_NUL = r"^[^\u0000]*$"
NOT_BLANK = r"^[^\u0000]*[^\s\u0000\u001c-\u001f\u0085][^\u0000]*$"  # not only whitespace, as `str.strip` defines it
VISIBLE = rf"[^\s\u001c-\u001f\u0085{INVISIBLE}]"  # at least one visible character


class TextField(serializers.CharField):
    """A string exactly as it was sent: numbers are not converted and spaces not trimmed.

    `schema` adds to the OpenAPI schema what a service checks instead of this field.
    """

    default_error_messages = {"invalid": _("Not a string.")}

    def __init__(self, *, schema: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(**{"trim_whitespace": False, **kwargs})
        self.schema = {"pattern": NO_NUL} | ({} if self.allow_blank else {"minLength": 1}) | (schema or {})

    def to_internal_value(self, data: Any) -> str:
        """Return the string. Raises ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class NumberField(serializers.IntegerField):
    """An integer as in JSON Schema, which includes `1.0`; numeric strings are rejected."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number. Raises ValidationError."""
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class FlagField(serializers.BooleanField):
    """`true` or `false`; equivalent words and numbers are rejected."""

    def to_internal_value(self, data: Any) -> bool:
        """Return the flag. Raises ValidationError."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class ProblemSchema(serializers.Serializer[Any]):
    """The body of every error response (RFC 9457)."""

    type = serializers.CharField(default="about:blank")
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Lists of sentences, by field.",
    )
    retry_after = serializers.FloatField(required=False, help_text="With status 429: the seconds to wait.")
    until = serializers.DateTimeField(
        required=False, allow_null=True, help_text="With the code `muted`: until when, null until a moderator ends it."
    )
    reason = serializers.CharField(required=False, help_text="With the code `muted`: why, or empty.")
