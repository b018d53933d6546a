"""Messages: find, read and delete."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from rooms.admin.base import Deletion, MessagesAdmin, ReadOnlyInline, ServiceAdmin, admin_of, deletion_summary
from rooms.models import Attachment, Mention, Message, MessagePreview, Reaction, Revision
from rooms.services.messages import message_delete

EXCERPT = 80  # characters


class RevisionInline(ReadOnlyInline[Revision]):
    """The message's edit history."""

    model = Revision
    fields = ("content", "written_at")


class ReactionInline(ReadOnlyInline[Reaction]):
    """The reactions to the message."""

    model = Reaction
    fields = ("emoji", "user")


class MentionInline(ReadOnlyInline[Mention]):
    """The people mentioned, and whether it is still undecided if they are notified.

    Without those who are mentioned together with everybody in the room: there may be thousands.
    """

    model = Mention
    fields = ("user", "kind", "pending")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mention]:
        """The mentions of people by name and by a reply."""
        return super().get_queryset(request).filter(kind__in=(Mention.Kind.NAMED, Mention.Kind.REPLY))


class AttachmentInline(ReadOnlyInline[Attachment]):
    """The message's files."""

    model = Attachment
    fields = ("name", "owner")


class PreviewInline(ReadOnlyInline[MessagePreview]):
    """The message's links that have a preview."""

    model = MessagePreview
    fields = ("url", "shown", "removed_by", "removed_at")


@admin.register(Message)
class MessageAdmin(ServiceAdmin[Message], MessagesAdmin[Message]):
    """Messages. Deleting one leaves a tombstone, and readers see it disappear at once."""

    recorded_by_services = ("delete",)
    list_display = ("room", "seq", "user_name", "excerpt", "created_at", "edited_at", "deleted_at")
    list_display_links = ("seq", "excerpt")
    list_filter = (
        ("deleted_at", admin.EmptyFieldListFilter),
        ("edited_at", admin.EmptyFieldListFilter),
        ("pinned_at", admin.EmptyFieldListFilter),
        "guest",
        "created_at",
    )
    list_select_related = ("room", "author")
    search_fields = ("content", "user_name", "room__name")
    ordering = ("-id",)
    show_full_result_count = False
    inlines = (AttachmentInline, PreviewInline, RevisionInline, ReactionInline, MentionInline)
    fields = (
        "room",
        "seq",
        "version",
        "author",
        "user_name",
        "guest",
        "content",
        "reply_to_seq",
        "client_id",
        "created_at",
        "edited_at",
        "deleted_at",
        "pinned_at",
        "pinned_by",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not allowed: a row added here would have no seq."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Message | None = None) -> bool:
        """Not allowed: nobody may change what others wrote."""
        return False

    @admin.display(description=_("content"))
    def excerpt(self, message: Message) -> str:
        """The beginning of the text, on one line."""
        text = " ".join(message.content.split())
        if message.deleted_at:
            return gettext("(deleted)")
        return text if len(text) <= EXCERPT else text[: EXCERPT - 1] + "…"

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Deletion:
        """The objects deleted along with the messages."""
        messages = list(objs)
        counts = {gettext("messages"): len(messages)} | {
            str(rows._meta.verbose_name_plural): rows._default_manager.filter(message__in=messages).count()
            for rows in (Attachment, Revision, Reaction, Mention)
        }
        return deletion_summary(self, request, messages, counts)

    def delete_model(self, request: HttpRequest, obj: Message) -> None:
        """Delete the message through `message_delete`."""
        message_delete(by=admin_of(request), room=obj.room, seq=obj.seq)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        """Delete the messages one by one."""
        for message in queryset.select_related("room").order_by("room_id", "seq"):
            self.delete_model(request, message)
