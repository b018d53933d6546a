"""Scheduled messages: who has scheduled one for when, without its text."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from rooms.admin.base import AuditedAdmin
from rooms.models import ScheduledMessage


@admin.register(ScheduledMessage)
class ScheduledMessageAdmin(AuditedAdmin[ScheduledMessage]):
    """Scheduled messages, which only their authors add, change and delete."""

    list_display = ("author", "room", "send_at", "created_at", "error")
    list_filter = (("error", admin.EmptyFieldListFilter), "send_at")
    list_select_related = ("author", "room")
    search_fields = ("author__username", "author__display_name", "room__name")
    show_full_result_count = False
    fields = ("author", "room", "send_at", "created_at", "error")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not allowed: what people schedule is theirs."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: ScheduledMessage | None = None) -> bool:
        """Not allowed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ScheduledMessage | None = None) -> bool:
        """Not allowed."""
        return False
