"""Personal access tokens: to be found and revoked. Their secrets are nowhere."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from rooms.admin.base import AccountsAdmin, ServiceAdmin
from rooms.models import PersonalAccessToken, User
from rooms.services.tokens import token_revoke


@admin.register(PersonalAccessToken)
class PersonalAccessTokenAdmin(ServiceAdmin[PersonalAccessToken], AccountsAdmin[PersonalAccessToken]):
    """Whose programs may come in. Revoking or deleting a token closes the sockets opened with it."""

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

    def account_of(self, obj: PersonalAccessToken) -> User:
        """Its owner's."""
        return obj.user

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Its owner makes it: nobody else is to see the secret."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: PersonalAccessToken | None = None) -> bool:
        """There is nothing to change."""
        return False

    def delete_model(self, request: HttpRequest, obj: PersonalAccessToken) -> None:
        """Revoked first, for the sockets' sake."""
        token_revoke(token=obj)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[PersonalAccessToken]) -> None:
        """One by one."""
        tokens = queryset.select_related("user")
        self.check_may_touch(request, tokens)
        for token in tokens:
            self.delete_model(request, token)

    @admin.action(description="Revoke: what uses them is signed out at once", permissions=["delete"])
    def revoke_tokens(self, request: HttpRequest, queryset: QuerySet[PersonalAccessToken]) -> None:
        """Through `token_revoke`."""
        tokens = queryset.select_related("user")
        self.check_may_touch(request, tokens)
        for token in tokens:
            token_revoke(token=token)
        self.message_user(request, "Revoked.")
