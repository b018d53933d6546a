"""The sections of people's lists of rooms."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rooms.admin.base import AccountsAdmin
from rooms.models import Section
from rooms.services.sections import section_delete


@admin.register(Section)
class SectionAdmin(AccountsAdmin[Section]):
    """Sections, which only their users create, change and see. Admins can delete them."""

    list_display = ("user", "name", "rooms", "collapsed")
    list_select_related = ("user",)
    search_fields = ("user__username", "user__display_name", "name")
    fields = ("user", "name", "position", "rooms", "collapsed")
    readonly_fields = ("rooms",)
    ordering = ("user", "position", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Section]:
        """The sections with the number of their rooms."""
        return super().get_queryset(request).annotate(room_count=Count("memberships"))

    @admin.display(description=_("rooms"), ordering="room_count")
    def rooms(self, section: Section) -> int:
        """How many rooms are in it, with favourites."""
        count: int = vars(section)["room_count"]
        return count

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not allowed: a section is its user's."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Section | None = None) -> bool:
        """Not allowed."""
        return False

    def delete_model(self, request: HttpRequest, obj: Section) -> None:
        """Delete the section through `section_delete`."""
        section_delete(user=obj.user, section_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Section]) -> None:
        """Delete each section through `section_delete`."""
        for section in queryset.select_related("user"):
            self.delete_model(request, section)
