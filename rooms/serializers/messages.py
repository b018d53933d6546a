"""Request and response bodies of messages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from rooms.serializers.base import VISIBLE, NumberField, TextField
from rooms.serializers.files import AttachmentSchema

MAX_EMOJI_LENGTH = 32  # characters; one emoji may consist of many


class MessageContent(serializers.Serializer[Any]):
    """The content of a message."""

    # The service rejects empty content, and longer content with `too_large`.
    content = TextField(
        allow_blank=True,
        # Separate from the pattern of all texts: some tools can't compile both as one pattern together with the length.
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
        help_text="The version that the edit is based on. If the message was edited after it, the response is 409.",
    )


class NewMessage(MessageContent):
    """A new message. Sending the same `client_id` and content again returns the first result."""

    # Optional for a message with files; the service rejects one with neither.
    content = TextField(
        required=False,
        allow_blank=True,
        schema={"maxLength": settings.MAX_CONTENT_LENGTH},
        help_text="Markdown. Optional if there are files.",
    )
    attachment_ids = serializers.ListField(
        child=TextField(max_length=36),
        required=False,
        allow_null=True,
        max_length=settings.MAX_FILES_PER_MESSAGE,
        help_text="Files that you have uploaded to the room, see `/api/rooms/{name}/uploads/`.",
    )
    client_id = TextField(required=False, allow_null=True, max_length=64)
    reply_to = NumberField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=2**63 - 1,
        help_text="The seq of the message to reply to, which must be in the same room.",
    )

    needs_body = True  # although no single field is required
    rule = {
        "anyOf": [
            {"required": ["content"], "properties": {"content": {"type": "string", "pattern": VISIBLE}}},
            {"required": ["attachment_ids"], "properties": {"attachment_ids": {"type": "array", "minItems": 1}}},
        ]
    }


class NewReaction(serializers.Serializer[Any]):
    """A new reaction."""

    emoji = TextField(max_length=MAX_EMOJI_LENGTH, help_text="One emoji; skin tones are allowed.")


class ReactionSchema(serializers.Serializer[Any]):
    """A person's reaction to a message."""

    emoji = serializers.CharField()
    user_id = serializers.IntegerField(help_text="Identifies the account; never changes.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()


class RevisionSchema(serializers.Serializer[Any]):
    """The content of a message before an edit."""

    content = serializers.CharField()
    written_at = serializers.DateTimeField()


class ReactingPersonSchema(serializers.Serializer[Any]):
    """A person who reacted to a message."""

    user_id = serializers.IntegerField(help_text="Identifies the account; never changes.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()


class ReactionsSchema(serializers.Serializer[Any]):
    """All reactions to a message with one emoji."""

    emoji = serializers.CharField()
    user_names = serializers.ListField(child=serializers.CharField(), help_text="In the order they reacted.")
    people = ReactingPersonSchema(many=True, help_text="The same people, with ids and display names.")


class PinningPersonSchema(serializers.Serializer[Any]):
    """The person who pinned a message."""

    user_id = serializers.IntegerField(help_text="Identifies the account; never changes.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()


class PinSchema(serializers.Serializer[Any]):
    """When a message was pinned, and by whom."""

    at = serializers.DateTimeField()
    by = PinningPersonSchema(allow_null=True, help_text="null if the account was deleted.")


class QuoteSchema(serializers.Serializer[Any]):
    """The quote of the message that a reply refers to."""

    seq = serializers.IntegerField()
    user_id = serializers.IntegerField(allow_null=True, help_text="null for a guest, or if the account was deleted.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()
    excerpt = serializers.CharField(
        required=False, help_text="One line without markup. Omitted if the message was deleted."
    )
    deleted = serializers.BooleanField(required=False, help_text="Only if true.")


class PreviewPictureSchema(serializers.Serializer[Any]):
    """The picture of a preview, as WebP."""

    url = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class PreviewSchema(serializers.Serializer[Any]):
    """The preview of a link in a message."""

    id = serializers.IntegerField()
    url = serializers.CharField()
    title = serializers.CharField()
    site = serializers.CharField(help_text="The name of the site, else its host.")
    description = serializers.CharField(allow_blank=True)
    picture = PreviewPictureSchema(required=False)


class MessageSchema(serializers.Serializer[Any]):
    """A message; the same form over REST and WebSocket."""

    room_name = serializers.CharField()
    seq = serializers.IntegerField(help_text="Its number in the room; never changes.")
    version = serializers.IntegerField(help_text="The room's version at its latest change.")
    user_id = serializers.IntegerField(allow_null=True, help_text="null for a guest, or if the account was deleted.")
    user_name = serializers.CharField()
    display_name = serializers.CharField()
    avatar = serializers.CharField(allow_null=True, help_text="The path of the author's picture.")
    content = serializers.CharField(allow_blank=True)
    html = serializers.CharField(allow_blank=True, help_text="The content rendered and sanitised.")
    created_at = serializers.DateTimeField()
    reactions = ReactionsSchema(many=True, help_text="In the order in which each emoji was first used.")
    attachments = AttachmentSchema(many=True, help_text="In their order.")
    reply_to = QuoteSchema(required=False, help_text="Only for replies.")
    previews = PreviewSchema(
        many=True,
        required=False,
        help_text="Only if there are any. They are added when the pages have been fetched, which increases `version`.",
    )
    guest = serializers.BooleanField(required=False, help_text="Only if true.")
    edited_at = serializers.DateTimeField(required=False)
    deleted = serializers.BooleanField(required=False, help_text="Only if true; content and html are then empty.")
    pinned = PinSchema(required=False, help_text="Only if it is pinned.")
    open_tasks = serializers.IntegerField(
        required=False, help_text="Only if tasks were created from it: how many of them are open."
    )
    client_id = serializers.CharField(required=False)


class PostedMessageSchema(MessageSchema):
    """A posted message."""

    duplicate = serializers.BooleanField(
        required=False, help_text="Only if true: a message with this `client_id` had been posted before."
    )


class PinnedMessagesSchema(serializers.Serializer[Any]):
    """Some of a room's pinned messages, the latest pin first."""

    messages = MessageSchema(many=True)
    more = serializers.BooleanField(help_text="Whether there are older pins.")


class MessagePageSchema(serializers.Serializer[Any]):
    """A page of messages, oldest first; with `since`, in the order of their versions."""

    messages = MessageSchema(many=True)
    version = serializers.IntegerField(help_text="The room's version, read before the messages.")
    epoch = serializers.UUIDField(
        help_text="Identifies this state of the database. If it changes, discard everything known and start over."
    )
    more = serializers.BooleanField(help_text="Whether there are more results.")
