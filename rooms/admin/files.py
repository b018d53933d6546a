"""Files: find and delete; and uploads that are not finished."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rooms.admin.base import Deletion, ModelType, ServiceAdmin, admin_of, deletion_summary
from rooms.files.sizes import file_size
from rooms.models import Attachment, Upload
from rooms.services.attachments import attachment_delete
from rooms.services.blobs import attachments_delete


class FileAdmin(ServiceAdmin[ModelType]):
    """Files, which only uploading adds and nobody changes."""

    show_full_result_count = False
    ordering = ("-id",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not allowed: files are uploaded."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: ModelType | None = None) -> bool:
        """Not allowed."""
        return False


@admin.register(Attachment)
class AttachmentAdmin(FileAdmin[Attachment]):
    """Files of messages and drafts. Their content is only for those who may read the message."""

    recorded_by_services = ("delete",)
    list_display = ("name", "media_type", "size", "room", "owner", "in_message", "created_at")
    list_filter = (("message", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("blob", "room", "owner", "message")
    search_fields = ("name", "room__name", "owner__username")
    fields = ("name", "media_type", "size", "room", "owner", "in_message", "position", "created_at", "expires_at")

    @admin.display(description=_("type"), ordering="blob__type")
    def media_type(self, attachment: Attachment) -> str:
        """The media type, detected from the content."""
        return attachment.blob.type

    @admin.display(description=_("size"), ordering="blob__size")
    def size(self, attachment: Attachment) -> str:
        """The size, in the unit that suits it."""
        return file_size(attachment.blob.size)

    @admin.display(description=_("message"), ordering="message")
    def in_message(self, attachment: Attachment) -> str:
        """The seq of its message, linked to it, if it is sent."""
        if attachment.message is None:
            return gettext("(not sent)")
        url = reverse("admin:rooms_message_change", args=[attachment.message.pk])
        return format_html('<a href="{}">{}</a>', url, attachment.message.seq)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Deletion:
        """Only the files: their bytes have no page of their own."""
        files = list(objs)
        return deletion_summary(self, request, files, {gettext("files"): len(files)})

    def delete_model(self, request: HttpRequest, obj: Attachment) -> None:
        """Delete the file with its bytes through the services, so that readers see it disappear."""
        if obj.message is None:
            self.record_deletion(obj)
            attachments_delete([obj])
            return
        attachment_delete(by=admin_of(request), room=obj.room, seq=obj.message.seq, attachment_id=obj.public_id)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Attachment]) -> None:
        """Delete the files one by one, in the order in which all code locks rooms."""
        for attachment in queryset.select_related("room", "message").order_by("room_id", "pk"):
            self.delete_model(request, attachment)


@admin.register(Upload)
class UploadAdmin(FileAdmin[Upload]):
    """Uploads. Those that don't go on are removed when they expire."""

    list_display = ("name", "received", "room", "owner", "created_at", "expires_at")
    list_filter = ("created_at",)
    list_select_related = ("room", "owner")
    search_fields = ("name", "room__name", "owner__username")
    fields = ("name", "received", "room", "owner", "created_at", "expires_at")

    def has_delete_permission(self, request: HttpRequest, obj: Upload | None = None) -> bool:
        """Not allowed: its owner may be uploading."""
        return False

    @admin.display(description=_("received"), ordering="offset")
    def received(self, upload: Upload) -> str:
        """How much of it has arrived."""
        return _("%(part)s of %(whole)s") % {
            "part": file_size(upload.offset),
            "whole": file_size(upload.length),
        }
