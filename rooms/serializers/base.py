"""What a body is made of."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from rooms.people.names import INVISIBLE

# Patterns for the API's description, the same in Python's and in ECMA's notation.
NO_NUL = r"^[^\u0000]*$"
NOT_BLANK = r"^[^\u0000]*[^\s\u0000\u001c-\u001f\u0085][^\u0000]*$"  # what `str.strip` leaves something of
VISIBLE = rf"[^\s\u001c-\u001f\u0085{INVISIBLE}]"  # something that can be seen


class TextField(serializers.CharField):
    """A string as it was sent: not a number made into one, and with its spaces.

    `schema` is what the API's description says of it beyond its arguments, where a service is what checks it.
    """

    default_error_messages = {"invalid": "Not a string."}

    def __init__(self, *, schema: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(**{"trim_whitespace": False, **kwargs})
        self.schema = {"pattern": NO_NUL} | ({} if self.allow_blank else {"minLength": 1}) | (schema or {})

    def to_internal_value(self, data: Any) -> str:
        """The string. Raises ValidationError."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class NumberField(serializers.IntegerField):
    """A whole number as JSON Schema has them, `1.0` among them: not a string that could be read as one."""

    def to_internal_value(self, data: Any) -> int:
        """The number. Raises ValidationError."""
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class FlagField(serializers.BooleanField):
    """`true` or `false`: not one of the words and numbers that could be read as them."""

    def to_internal_value(self, data: Any) -> bool:
        """The flag. Raises ValidationError."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class ProblemForm(serializers.Serializer[Any]):
    """What every error is answered with (RFC 9457)."""

    type = serializers.CharField(default="about:blank")
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.ListField(child=serializers.CharField()), required=False, help_text="By field."
    )
    retry_after = serializers.FloatField(required=False, help_text="With 429: seconds to wait.")
