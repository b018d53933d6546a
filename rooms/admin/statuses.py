"""What people say about what they are doing."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from rooms.admin.base import AccountsAdmin
from rooms.models import Status
from rooms.services.statuses import status_clear


@admin.register(Status)
class StatusAdmin(AccountsAdmin[Status]):
    """Statuses, which only their users set. Admins find them and clear what should not stay."""

    list_display = ("user", "emoji", "text", "until")
    list_filter = (("until", admin.EmptyFieldListFilter),)
    list_select_related = ("user",)
    search_fields = ("user__username", "user__display_name", "text")
    fields = ("user", "emoji", "text", "until")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not allowed: a status is its user's."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Status | None = None) -> bool:
        """Not allowed."""
        return False

    def delete_model(self, request: HttpRequest, obj: Status) -> None:
        """Clear the status through `status_clear`."""
        status_clear(user=obj.user)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Status]) -> None:
        """Clear each status through `status_clear`."""
        for status in queryset.select_related("user"):
            self.delete_model(request, status)
