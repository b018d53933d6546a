"""Invitations by e-mail: find and revoke. The page of invite links creates them."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from rooms.admin.base import ServiceAdmin, admin_of
from rooms.models import EmailInvitation
from rooms.services.email_invitations import email_invitation_revoke


@admin.register(EmailInvitation)
class EmailInvitationAdmin(ServiceAdmin[EmailInvitation]):
    """Invitations. Deleting one revokes it."""

    recorded_by_services = ("delete",)
    list_display = ("email", "room", "by", "sent_at", "accepted_at")
    list_filter = (("accepted_at", admin.EmptyFieldListFilter), ("room", admin.EmptyFieldListFilter), "sent_at")
    list_select_related = ("room", "by")
    search_fields = ("email", "room__name", "room__title", "by__username")
    fields = ("email", "room", "by", "sent_at", "accepted_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not allowed: the pages of invite links do it."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: EmailInvitation | None = None) -> bool:
        """Not allowed: there is nothing to change."""
        return False

    def delete_model(self, request: HttpRequest, obj: EmailInvitation) -> None:
        """Revoke it through `email_invitation_revoke`."""
        email_invitation_revoke(by=admin_of(request), invitation=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[EmailInvitation]) -> None:
        """Revoke each through `email_invitation_revoke`."""
        for invitation in queryset.select_related("room"):
            self.delete_model(request, invitation)
