"""Response bodies of files and uploads."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class ThumbnailSchema(serializers.Serializer[Any]):
    """A small version of a picture, as WebP."""

    url = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class AttachmentSchema(serializers.Serializer[Any]):
    """A file of a message."""

    id = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField(help_text="The media type, detected from the content.")
    size = serializers.IntegerField(help_text="Bytes.")
    kind = serializers.ChoiceField(
        choices=["image", "video", "audio", "file"], help_text="How it can be shown; `file` can only be downloaded."
    )
    url = serializers.CharField(help_text="The path of the file. With `?download`, browsers save it.")
    width = serializers.IntegerField(required=False, help_text="Of a picture, in pixels.")
    height = serializers.IntegerField(required=False, help_text="Of a picture, in pixels.")
    thumbnail = ThumbnailSchema(required=False, help_text="Of a picture.")
    placeholder = serializers.CharField(required=False, help_text="A tiny version of a picture, as a `data:` URL.")
    animated = serializers.BooleanField(required=False, help_text="Only if true.")
    unscanned = serializers.BooleanField(
        required=False, help_text="Only if true: the virus scanner did not respond when the file was uploaded."
    )


class UploadSchema(serializers.Serializer[Any]):
    """An upload of the requesting user."""

    id = serializers.CharField(help_text="Also that of the file, for `attachment_ids`.")
    offset = serializers.IntegerField(required=False, help_text="The number of bytes received so far.")
    length = serializers.IntegerField(required=False, help_text="The number of bytes that the file has.")
    expires_at = serializers.DateTimeField(required=False)
    attachment = AttachmentSchema(required=False, help_text="The file, once it is complete.")


class RoomFileSchema(serializers.Serializer[Any]):
    """A file in a room, with its message."""

    message_seq = serializers.IntegerField()
    user_id = serializers.IntegerField(allow_null=True)
    user_name = serializers.CharField()
    display_name = serializers.CharField()
    created_at = serializers.DateTimeField(help_text="When the message was sent.")
    attachment = AttachmentSchema()


class RoomFilesSchema(serializers.Serializer[Any]):
    """A page of a room's files, newest first."""

    files = RoomFileSchema(many=True)
    more = serializers.BooleanField(help_text="Whether there are older ones.")
