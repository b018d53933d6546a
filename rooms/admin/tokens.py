"""Personal access tokens: find and revoke. Their secrets are not stored."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rooms.admin.base import AccountsAdmin, ServiceAdmin
from rooms.models import PersonalAccessToken
from rooms.services.tokens import token_revoke


@admin.register(PersonalAccessToken)
class PersonalAccessTokenAdmin(ServiceAdmin[PersonalAccessToken], AccountsAdmin[PersonalAccessToken]):
    """Tokens. Revoking or deleting one closes the sockets opened with it."""

    recorded_by_services = ("delete",)
    list_display = ("name", "user", "created_at", "last_used_at", "expires_at", "revoked_at")
    list_filter = (
        ("revoked_at", admin.EmptyFieldListFilter),
        ("last_used_at", admin.EmptyFieldListFilter),
        "expires_at",
        "created_at",
    )
    list_select_related = ("user",)
    search_fields = ("name", "user__username", "user__display_name")
    fields = ("name", "user", "created_at", "last_used_at", "expires_at", "revoked_at")
    actions = ("revoke_tokens",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not allowed: only the owner may see the secret."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: PersonalAccessToken | None = None) -> bool:
        """Not allowed: there is nothing to change."""
        return False

    def delete_model(self, request: HttpRequest, obj: PersonalAccessToken) -> None:
        """Revoke the token first, which closes its sockets."""
        if obj.revoked_at is not None:  # else revoking it is recorded
            self.record_deletion(obj)
        token_revoke(token=obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[PersonalAccessToken]) -> None:
        """Delete the tokens one by one."""
        tokens = queryset.select_related("user")
        self.check_may_touch(request, tokens)
        for token in tokens:
            self.delete_model(request, token)

    @admin.action(description=_("Revoke (signs out their programs at once)"), permissions=["delete"])
    def revoke_tokens(self, request: HttpRequest, queryset: QuerySet[PersonalAccessToken]) -> None:
        """Revoke the tokens through `token_revoke`."""
        tokens = queryset.select_related("user")
        self.check_may_touch(request, tokens)
        for token in tokens:
            token_revoke(token=token)
        self.message_user(request, _("Tokens revoked."))
