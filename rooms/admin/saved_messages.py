"""Saved messages and reminders: who saved which message, without its text."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from rooms.admin.base import AuditedAdmin
from rooms.models import SavedMessage


@admin.register(SavedMessage)
class SavedMessageAdmin(AuditedAdmin[SavedMessage]):
    """Saved messages, which only their users add, change and remove."""

    list_display = ("user", "message", "saved_at", "remind_at", "reminded_at")
    list_filter = (
        ("remind_at", admin.EmptyFieldListFilter),
        ("reminded_at", admin.EmptyFieldListFilter),
        "saved_at",
    )
    list_select_related = ("user", "message")
    search_fields = ("user__username", "user__display_name", "message__room__name")
    show_full_result_count = False
    fields = ("user", "message", "saved_at", "remind_at", "reminded_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not allowed: what people save is theirs."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: SavedMessage | None = None) -> bool:
        """Not allowed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SavedMessage | None = None) -> bool:
        """Not allowed."""
        return False
