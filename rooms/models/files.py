"""Files: what was uploaded, what is still being uploaded, and which message a file belongs to.

The bytes are in the storage `files` of the settings, see `rooms/files/storage.py`.
"""

from __future__ import annotations

from uuid import uuid4

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rooms.models.messages import Message
from rooms.models.people import User
from rooms.models.rooms import Room


def new_key() -> str:
    """Return a name for an object in the storage that can't be guessed."""
    return uuid4().hex


def new_public_id() -> str:
    """Return an identifier for URLs and the API."""
    return str(uuid4())


class Blob(models.Model):
    """Stored bytes, once for all attachments and link previews with the same content.

    Clients can't look one up by its digest.
    A blob without a digest is being written or removed: nothing refers to it, and its bytes may be incomplete.
    """

    key = models.CharField(max_length=32, unique=True, default=new_key, editable=False)
    digest = models.CharField(max_length=64, unique=True, null=True, editable=False, help_text=_("SHA-256."))
    size = models.PositiveBigIntegerField(help_text=_("Bytes."))
    type = models.CharField(max_length=100, help_text=_("The media type, detected from the content."))
    created_at = models.DateTimeField(auto_now_add=True)
    # Of a picture that browsers can show, as it is seen; None for other files.
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    thumbnail_width = models.PositiveIntegerField(null=True)
    thumbnail_height = models.PositiveIntegerField(null=True)
    placeholder = models.CharField(
        max_length=1000, blank=True, help_text=_("A tiny version of a picture, as a data URL.")
    )
    animated = models.BooleanField(default=False)
    scanned = models.BooleanField(default=False, help_text=_("Whether a virus scanner found nothing in it."))

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["created_at"], condition=Q(digest__isnull=True), name="blob_incomplete")]

    def __str__(self) -> str:
        return f"{self.type}, {self.size} bytes"

    @property
    def path(self) -> str:
        """The name of the file in the storage."""
        return f"files/{self.key[:2]}/{self.key}"

    @property
    def thumbnail_path(self) -> str:
        """The name of the thumbnail in the storage, if there is one."""
        return f"{self.path}.webp"


class Upload(models.Model):
    """A file that is being uploaded in parts. Its `public_id` becomes that of the attachment."""

    public_id = models.CharField(max_length=36, unique=True, default=new_public_id, editable=False)
    # Without a room or owner, the upload can't go on; the row stays until its parts are removed from the storage.
    room = models.ForeignKey(Room, models.SET_NULL, null=True, related_name="+", verbose_name=_("room"))
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="uploads", verbose_name=_("owner"))
    name = models.CharField(_("name"), max_length=200)
    length = models.PositiveBigIntegerField(help_text=_("Bytes, as announced."))
    offset = models.PositiveBigIntegerField(default=0, help_text=_("Bytes received."))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires at"), db_index=True)

    class Meta:
        verbose_name = _("upload")
        verbose_name_plural = _("uploads")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(offset__lte=models.F("length")), name="upload_offset_within_length")
        ]

    def __str__(self) -> str:
        return self.name


class UploadPart(models.Model):
    """A stored part of an unfinished upload."""

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="parts")
    offset = models.PositiveBigIntegerField()
    size = models.PositiveIntegerField()
    path = models.CharField(max_length=100)

    class Meta:
        ordering = ["upload", "offset"]
        constraints = [models.UniqueConstraint(fields=["upload", "offset"], name="upload_part_once")]

    def __str__(self) -> str:
        return f"{self.upload} from {self.offset}"


class Attachment(models.Model):
    """A file of a message. Until the message is sent, it belongs to its owner's draft."""

    public_id = models.CharField(max_length=36, unique=True, editable=False)
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="attachments")
    room = models.ForeignKey(Room, models.CASCADE, related_name="attachments", db_index=False, verbose_name=_("room"))
    owner = models.ForeignKey(User, models.SET_NULL, null=True, related_name="attachments", verbose_name=_("owner"))
    message = models.ForeignKey(
        Message, models.CASCADE, null=True, blank=True, related_name="attachments", verbose_name=_("message")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    name = models.CharField(_("name"), max_length=200)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    # When a file that was not sent is removed; None for a file that was.
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["message_id", "position"]
        indexes = [
            models.Index(fields=["room", "message"], name="attachment_of_room"),
            models.Index(fields=["expires_at"], condition=Q(message__isnull=True), name="attachment_not_sent"),
        ]

    def __str__(self) -> str:
        return self.name
