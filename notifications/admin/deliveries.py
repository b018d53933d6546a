"""The Django admin of deliveries: only to look at."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from notifications.models import Delivery
from rooms.admin.base import AuditedAdmin


@admin.register(Delivery)
class DeliveryAdmin(AuditedAdmin[Delivery]):
    """Pushes and mails, with what became of each. They name no text."""

    list_display = ["id", "user", "channel", "state", "attempts", "last_status", "due_at", "created_at", "finished_at"]
    list_filter = ["state", "channel"]
    search_fields = ["user__username", "last_status"]
    list_select_related = ["user"]
    ordering = ["-id"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: they are caused by what happens."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Delivery | None = None) -> bool:
        """Nobody."""
        return False
