"""The API's bodies: what a client may send, and, for the schema, the forms that `rooms.wire` answers with.

A field that is not listed is ignored, so nobody can set an author, a seq, a version or a time.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from rest_framework import serializers

from rooms.models import ROOM_NAME_PATTERN, Membership, Room

# Patterns for the API's description, the same in Python's and in ECMA's notation.
NO_NUL = r"^[^\u0000]*$"
NOT_BLANK = r"^[^\u0000]*[^\s\u0000\u001c-\u001f\u0085][^\u0000]*$"  # what `str.strip` leaves something of


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


# --- What a client sends ---------------------------------------------------------------------------------------


class RoomChanges(serializers.Serializer[Any]):
    """What may change about a room."""

    title = TextField(required=False, allow_blank=True, max_length=120)
    description = TextField(required=False, allow_blank=True, max_length=500)
    kind = serializers.ChoiceField(required=False, choices=Room.Kind.choices)
    guests = serializers.ChoiceField(required=False, choices=Room.Guests.choices)

    rule: ClassVar[dict[str, Any]] = {
        "anyOf": [
            {"properties": {"kind": {"pattern": f"^{Room.Kind.OPEN.value}$"}}},
            {"properties": {"guests": {"pattern": f"^{Room.Guests.NONE.value}$"}}},
        ]
    }


class NewRoom(RoomChanges):
    """A room to be made. Its name never changes: 1 to 64 small letters, digits, dots, dashes and underscores."""

    name = TextField(max_length=64, schema={"pattern": ROOM_NAME_PATTERN})


class EditedMessage(serializers.Serializer[Any]):
    """New content for a message."""

    # An empty one is refused by the service, and a longer one, as `too_large`.
    content = TextField(
        allow_blank=True,
        schema={"pattern": NOT_BLANK, "minLength": 1, "maxLength": settings.MAX_CONTENT_LENGTH},
        help_text="Markdown.",
    )


class NewMessage(EditedMessage):
    """A message to be posted. The same `client_id` again, with the same content, gives the first result."""

    client_id = TextField(required=False, allow_null=True, max_length=64)


class NewMember(serializers.Serializer[Any]):
    """Who is to become a member: oneself when no name, or one's own, is given."""

    user_name = TextField(required=False, max_length=150)
    role = serializers.ChoiceField(
        required=False, choices=Membership.Role.choices, help_text="Only with somebody else's `user_name`."
    )

    rule: ClassVar[dict[str, Any]] = {"anyOf": [{"required": ["user_name"]}, {"not": {"required": ["role"]}}]}


class MemberChanges(serializers.Serializer[Any]):
    """What may change about a member."""

    role = serializers.ChoiceField(choices=Membership.Role.choices)


# --- What the server answers -----------------------------------------------------------------------------------


class RoomForm(serializers.Serializer[Any]):
    """A room, and what the asking person is in it."""

    name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    kind = serializers.ChoiceField(choices=Room.Kind.choices)
    guests = serializers.ChoiceField(choices=Room.Guests.choices)
    version = serializers.IntegerField(help_text="Goes up by one with every change in the room.")
    last_seq = serializers.IntegerField(help_text="The number of messages ever posted.")
    closed = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    role = serializers.ChoiceField(choices=Membership.Role.choices, allow_null=True, help_text="null: not a member.")


class MessageForm(serializers.Serializer[Any]):
    """A message, the same over REST and the socket."""

    room_name = serializers.CharField()
    seq = serializers.IntegerField(help_text="Its place in the room; never changes.")
    version = serializers.IntegerField(help_text="That of its latest change.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True)
    content = serializers.CharField(allow_blank=True)
    html = serializers.CharField(allow_blank=True, help_text="The content rendered and sanitised.")
    created_at = serializers.DateTimeField()
    guest = serializers.BooleanField(required=False, help_text="Only when true.")
    edited_at = serializers.DateTimeField(required=False)
    deleted = serializers.BooleanField(required=False, help_text="Only when true; content and html are then empty.")
    client_id = serializers.CharField(required=False)


class PostedMessageForm(MessageForm):
    """A message as its post is answered."""

    duplicate = serializers.BooleanField(required=False, help_text="Only when true: this client_id was known already.")


class MessagePageForm(serializers.Serializer[Any]):
    """Some messages of a room, oldest first (by `since`: in the order of their versions)."""

    messages = MessageForm(many=True)
    version = serializers.IntegerField(help_text="The room's, read before the messages.")
    epoch = serializers.UUIDField(help_text="Names this life of the database; a client that knew another starts over.")
    more = serializers.BooleanField(help_text="Whether the limit cut something off.")


class MemberForm(serializers.Serializer[Any]):
    """A member of a room."""

    user_name = serializers.CharField()
    display_name = serializers.CharField()
    role = serializers.ChoiceField(choices=Membership.Role.choices)
    joined_at = serializers.DateTimeField()


class BanForm(serializers.Serializer[Any]):
    """A person who may not come back to a room."""

    user_name = serializers.CharField()
    display_name = serializers.CharField()
    by = serializers.CharField(allow_null=True, help_text="Who did it; null when that account is gone.")
    created_at = serializers.DateTimeField()


class ConnectionForm(serializers.Serializer[Any]):
    """A socket that follows a room."""

    connection_id = serializers.CharField()
    user_name = serializers.CharField(allow_null=True, help_text="null: a guest.")
    display_name = serializers.CharField(allow_null=True)
    guest = serializers.BooleanField()
    opened_at = serializers.DateTimeField()
    since = serializers.DateTimeField(help_text="When it began to follow the room.")
    process = serializers.CharField(help_text="The server process that holds it.")
    address = serializers.CharField(required=False, allow_blank=True, help_text="For staff only.")


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


class NewTokenForm(serializers.Serializer[Any]):
    """A token pair. The last two are there when a form was sent, as OAuth2's password grant wants them."""

    access = serializers.CharField()
    refresh = serializers.CharField()
    access_token = serializers.CharField(required=False)
    token_type = serializers.CharField(required=False)
