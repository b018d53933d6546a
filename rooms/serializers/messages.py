"""Messages as clients send and get them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from rooms.serializers.base import VISIBLE, NumberField, TextField

MAX_EMOJI_LENGTH = 32  # characters, of which an emoji may have many


class MessageContent(serializers.Serializer[Any]):
    """What a message says."""

    # An empty one is refused by the service, and a longer one, as `too_large`.
    content = TextField(
        allow_blank=True,
        # Beside the pattern of every text: one for both is, with the length, more than some tools can compile.
        schema={"allOf": [{"pattern": VISIBLE}], "minLength": 1, "maxLength": settings.MAX_CONTENT_LENGTH},
        help_text="Markdown.",
    )


class EditedMessage(MessageContent):
    """New content for a message."""

    base_version = NumberField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=2**63 - 1,
        help_text="The version that the new content is made from; if the message was edited after it: 409.",
    )


class NewMessage(MessageContent):
    """A message to be posted. The same `client_id` again, with the same content, gives the first result."""

    client_id = TextField(required=False, allow_null=True, max_length=64)
    reply_to = NumberField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=2**63 - 1,
        help_text="The seq of the message that this one answers, which must be in the room.",
    )


class NewReaction(serializers.Serializer[Any]):
    """An emoji to answer a message with."""

    emoji = TextField(max_length=MAX_EMOJI_LENGTH, help_text="One emoji, skin tones allowed.")


class ReactionForm(serializers.Serializer[Any]):
    """That a person answered a message with an emoji."""

    emoji = serializers.CharField()
    user_id = serializers.IntegerField(help_text="Of the account; it stays when the names change.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()


class RevisionForm(serializers.Serializer[Any]):
    """What a message said before an edit."""

    content = serializers.CharField()
    written_at = serializers.DateTimeField()


class ReactingPersonForm(serializers.Serializer[Any]):
    """Who answered a message with an emoji."""

    user_id = serializers.IntegerField(help_text="Of the account; it stays when the names change.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()


class ReactionsForm(serializers.Serializer[Any]):
    """Who answered a message with an emoji."""

    emoji = serializers.CharField()
    user_names = serializers.ListField(child=serializers.CharField(), help_text="In the order of reacting.")
    people = ReactingPersonForm(many=True, help_text="The same, with their ids and display names.")


class QuoteForm(serializers.Serializer[Any]):
    """What a reply shows of the message that it answers."""

    seq = serializers.IntegerField()
    user_id = serializers.IntegerField(allow_null=True, help_text="null: a guest, or the account is deleted.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()
    excerpt = serializers.CharField(required=False, help_text="One line without markup. Left out when deleted.")
    deleted = serializers.BooleanField(required=False, help_text="Only when true.")


class MessageForm(serializers.Serializer[Any]):
    """A message, the same over REST and the socket."""

    room_name = serializers.CharField()
    seq = serializers.IntegerField(help_text="Its place in the room; never changes.")
    version = serializers.IntegerField(help_text="That of its latest change.")
    user_id = serializers.IntegerField(allow_null=True, help_text="null: a guest, or the account is deleted.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True, help_text="The path of the author's picture.")
    content = serializers.CharField(allow_blank=True)
    html = serializers.CharField(allow_blank=True, help_text="The content rendered and sanitised.")
    created_at = serializers.DateTimeField()
    reactions = ReactionsForm(many=True, help_text="The emoji in the order of their first use.")
    reply_to = QuoteForm(required=False, help_text="Only of a reply.")
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
