"""How and when people are notified."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from rooms.admin.base import AuditedAdmin
from rooms.models import Preferences


@admin.register(Preferences)
class PreferencesAdmin(AuditedAdmin[Preferences]):
    """Preferences, which only their users change. People who are not listed have the defaults."""

    list_display = ("user", "email", "quiet_from", "quiet_until", "time_zone", "dnd_until", "hide_content")
    list_filter = ("email", "hide_content", ("quiet_from", admin.EmptyFieldListFilter))
    list_select_related = ("user",)
    search_fields = ("user__username", "user__display_name")
    fields = ("user", "dnd_until", "quiet_from", "quiet_until", "time_zone", "email", "hide_content", "unread_first")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not allowed: preferences are their user's."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Preferences | None = None) -> bool:
        """Not allowed."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Preferences | None = None) -> bool:
        """Not allowed."""
        return False
