"""The audit log: only to look at. `/audit/` shows it in a form for people."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rooms.admin.base import AuditedAdmin
from rooms.models import AuditAction, AuditEvent


class ActionFilter(admin.SimpleListFilter):
    """By action. Django's own filter would look for all values in the table."""

    title = _("action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """All actions."""
        return [(action.value, str(action.label)) for action in AuditAction]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """The events with the chosen action."""
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AuditEvent)
class AuditEventAdmin(AuditedAdmin[AuditEvent]):
    """Events, which nobody adds, changes or deletes."""

    list_display = ("at", "action", "via", "actor_name", "user_name", "room_name", "target", "address")
    list_filter = (ActionFilter, "at")
    search_fields = ("actor_name", "user_name", "room_name", "target", "address", "request_id")
    ordering = ("-id",)
    show_full_result_count = False
    fields = (
        *("at", "action", "via", "actor_id", "actor_name", "user_id", "user_name", "room_id", "room_name"),
        *("target", "before", "after", "address", "request_id"),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        """Nobody."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: AuditEvent | None = None) -> bool:
        """Nobody."""
        return False
