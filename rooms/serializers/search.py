"""Response bodies of search."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from rooms.serializers.messages import MessageSchema


class PartSchema(serializers.Serializer[Any]):
    """A piece of the text around the words that were found."""

    text = serializers.CharField()
    found = serializers.BooleanField(help_text="Whether this is what was searched for.")


class HitSchema(serializers.Serializer[Any]):
    """A message that was found."""

    id = serializers.IntegerField(help_text="For `before`.")
    room_title = serializers.CharField(help_text="As you see it.")
    excerpt = PartSchema(many=True)
    message = MessageSchema()


class SearchSchema(serializers.Serializer[Any]):
    """A page of hits, newest first."""

    results = HitSchema(many=True)
    more = serializers.BooleanField(help_text="Whether there may be older ones.")
    looked_back_to = serializers.DateTimeField(
        required=False, help_text="Only if the search stopped early: how far back it has looked."
    )
    indexing = serializers.BooleanField(
        required=False, help_text="Only if true: the oldest messages can't be found yet, the index is being made."
    )
