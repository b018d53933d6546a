"""Request and response bodies of rooms."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from rooms.models import MAX_SLOW_SECONDS, ROOM_NAME_PATTERN, Membership, Room
from rooms.people.names import LINE_PATTERN
from rooms.serializers.base import FlagField, NumberField, TextField
from rooms.services.direct_rooms import MAX_DIRECT_PEOPLE

# Without direct rooms, which have no settings.
KINDS = [(kind.value, kind.label) for kind in (Room.Kind.OPEN, Room.Kind.PRIVATE)]


class RoomChanges(serializers.Serializer[Any]):
    """Changes to a room."""

    title = TextField(required=False, allow_blank=True, max_length=120, schema={"pattern": LINE_PATTERN})
    description = TextField(required=False, allow_blank=True, max_length=500, schema={"pattern": LINE_PATTERN})
    kind = serializers.ChoiceField(required=False, choices=KINDS)
    guests = serializers.ChoiceField(required=False, choices=Room.Guests.choices)
    pinning = serializers.ChoiceField(
        required=False, choices=Room.Pinning.choices, help_text="Who can pin messages. Defaults to `moderators`."
    )
    room_mentions = serializers.ChoiceField(
        required=False,
        choices=Room.RoomMentions.choices,
        help_text="Who can mention everybody, with `@room` or `@here`. Defaults to `moderators`.",
    )
    link_previews = FlagField(required=False, help_text="Whether links in new messages get a preview.")
    public_log = FlagField(required=False, help_text="Whether members see what moderators did in the room.")
    slow_seconds = NumberField(
        required=False,
        min_value=0,
        max_value=MAX_SLOW_SECONDS,
        help_text="Slow mode: the seconds that a member has to wait after each message; 0 for none.",
    )

    rule: ClassVar[dict[str, Any]] = {
        "anyOf": [
            {"properties": {"kind": {"pattern": f"^{Room.Kind.OPEN.value}$"}}},
            {"properties": {"guests": {"pattern": f"^{Room.Guests.NONE.value}$"}}},
        ]
    }


class NewRoom(RoomChanges):
    """A new room. Its name can't be changed later: 1 to 64 lowercase letters, digits and `.-_`, and not only dots."""

    name = TextField(max_length=64, schema={"pattern": ROOM_NAME_PATTERN})


class NewDirectRoom(serializers.Serializer[Any]):
    """A direct room with 1 to 9 other people."""

    kind = serializers.ChoiceField(choices=[(Room.Kind.DIRECT.value, Room.Kind.DIRECT.label)])
    user_names = serializers.ListField(
        child=TextField(max_length=150),
        min_length=1,
        max_length=MAX_DIRECT_PEOPLE,
        help_text="May include your own.",
    )


class MutedSchema(serializers.Serializer[Any]):
    """Until when, and why."""

    until = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()


class RoomSchema(serializers.Serializer[Any]):
    """A room, with the requesting user's role in it."""

    name = serializers.CharField()
    title = serializers.CharField(help_text="For a direct room, the names of the other people.")
    description = serializers.CharField()
    kind = serializers.ChoiceField(choices=Room.Kind.choices)
    guests = serializers.ChoiceField(choices=Room.Guests.choices)
    pinning = serializers.ChoiceField(choices=Room.Pinning.choices, help_text="Who can pin messages.")
    room_mentions = serializers.ChoiceField(
        choices=Room.RoomMentions.choices, help_text="Who can mention everybody, with `@room` or `@here`."
    )
    version = serializers.IntegerField(help_text="Increases by one with every change in the room.")
    last_seq = serializers.IntegerField(
        help_text="The number of messages ever posted, which is the seq of the last one."
    )
    link_previews = serializers.BooleanField(help_text="Whether links in new messages get a preview.")
    public_log = serializers.BooleanField(help_text="Whether members see what moderators did in the room.")
    slow_seconds = serializers.IntegerField(
        help_text="Slow mode: the seconds that a member has to wait after each message; 0 for none. Not for moderators."
    )
    muted = MutedSchema(
        required=False, allow_null=True, help_text="Of one room: whether you can only read it; null if you can write."
    )
    closed = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    role = serializers.ChoiceField(
        choices=Membership.Role.choices, allow_null=True, help_text="null if you are not a member."
    )
