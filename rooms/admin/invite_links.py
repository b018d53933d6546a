"""Invite links: find and revoke. Their pages create them, and show the links themselves."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rooms.admin.base import ServiceAdmin, admin_of
from rooms.models import InviteLink
from rooms.services.invite_links import invite_link_revoke


@admin.register(InviteLink)
class InviteLinkAdmin(ServiceAdmin[InviteLink]):
    """Links. Deleting one also deletes who joined with it; they stay in the room."""

    list_display = ("link_id", "room", "created_by", "created_at", "uses", "max_uses", "expires_at", "revoked_at")
    list_filter = (
        ("revoked_at", admin.EmptyFieldListFilter),
        ("room", admin.EmptyFieldListFilter),
        "expires_at",
        "created_at",
    )
    list_select_related = ("room", "created_by")
    search_fields = ("link_id", "room__name", "room__title", "created_by__username", "used__user__username")
    fields = ("link_id", "room", "created_by", "created_at", "uses", "max_uses", "expires_at", "revoked_at")
    actions = ("revoke_links",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not allowed: the page "Invite people" and those of the rooms create links and show them."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: InviteLink | None = None) -> bool:
        """Not allowed: there is nothing to change."""
        return False

    @admin.action(description=_("Revoke"), permissions=["delete"])
    def revoke_links(self, request: HttpRequest, queryset: QuerySet[InviteLink]) -> None:
        """Revoke the links through `invite_link_revoke`."""
        for link in queryset.select_related("room"):
            invite_link_revoke(by=admin_of(request), link=link)
        self.message_user(request, _("Invite links revoked."))
