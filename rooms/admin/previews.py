"""Link previews: what became of fetching them, and fetching them again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rooms.admin.base import ServiceAdmin
from rooms.files.sizes import file_size
from rooms.models import LinkPreview
from rooms.services.previews import preview_refetch


@admin.register(LinkPreview)
class LinkPreviewAdmin(ServiceAdmin[LinkPreview]):
    """Previews. Those that no message has are removed when they expire."""

    list_display = ("url", "state", "error", "title", "in_messages", "picture_size", "fetched_at", "expires_at")
    list_filter = ("state", "fetched_at")
    list_select_related = ("picture",)
    search_fields = ("url", "title", "site", "error")
    show_full_result_count = False
    fields = (
        *("url", "state", "error", "title", "site", "description", "in_messages", "picture_size"),
        *("created_at", "fetched_at", "expires_at", "due_at", "attempts"),
    )
    actions = ("fetch_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LinkPreview]:
        """The previews with the number of their messages, counted in the same query."""
        return super().get_queryset(request).annotate(message_count=Count("messages"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not allowed: links in messages create them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: LinkPreview | None = None) -> bool:
        """Not allowed: they show what the pages say."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: LinkPreview | None = None) -> bool:
        """Not allowed: messages may show them."""
        return False

    @admin.display(description=_("messages"), ordering="message_count")
    def in_messages(self, preview: LinkPreview) -> int:
        """The number of messages with the link."""
        count: Any = vars(preview)["message_count"]
        return int(count)

    @admin.display(description=_("picture"), ordering="picture__size", empty_value="-")
    def picture_size(self, preview: LinkPreview) -> str | None:
        """The size of its picture."""
        return file_size(preview.picture.size) if preview.picture is not None else None

    @admin.action(description=_("Fetch again"), permissions=["view"])
    def fetch_again(self, request: HttpRequest, queryset: QuerySet[LinkPreview]) -> None:
        """Have the pages fetched again through `preview_refetch`; messages then show what they say now."""
        for preview in queryset.order_by("pk"):
            preview_refetch(preview)
        self.message_user(request, _("The pages will be fetched again."))
