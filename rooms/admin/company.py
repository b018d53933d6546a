"""Company accounts: who is linked to what, and whether the company has ended it."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from rooms.admin.base import AccountsAdmin, ServiceAdmin, admin_of
from rooms.models import CompanyAccount, User
from rooms.services.company_accounts import company_unlink


@admin.register(CompanyAccount)
class CompanyAccountAdmin(ServiceAdmin[CompanyAccount], AccountsAdmin[CompanyAccount]):
    """Company accounts. Deleting one unlinks it, and takes away what its groups gave."""

    recorded_by_services = ("delete",)
    list_display = ("user", "issuer", "subject", "linked", "groups", "confirmed_at", "ended_at")
    list_filter = ("linked", ("ended_at", admin.EmptyFieldListFilter), "account__provider")
    search_fields = ("account__user__username", "account__uid", "account__provider")
    list_select_related = ("account__user",)
    fields = ("user", "issuer", "subject", "linked", "groups", "staff_given", "created_at", "confirmed_at", "ended_at")
    readonly_fields = fields

    @admin.display(description=_("user"), ordering="account__user__username")
    def user(self, company: CompanyAccount) -> User:
        """The account here."""
        return self.account_of(company)

    @admin.display(description=_("issuer"), ordering="account__provider")
    def issuer(self, company: CompanyAccount) -> str:
        """Where they sign in."""
        return str(company.account.provider)

    @admin.display(description=_("subject"), ordering="account__uid")
    def subject(self, company: CompanyAccount) -> str:
        """Who they are there."""
        return str(company.account.uid)

    def account_of(self, obj: CompanyAccount) -> User:
        """The account here."""
        user: User = obj.account.user
        return user

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: people link their own, and signing in makes others."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: CompanyAccount | None = None) -> bool:
        """Nobody: the company says what is in it."""
        return False

    def delete_model(self, request: HttpRequest, obj: CompanyAccount) -> None:
        """Unlink it through the service."""
        company_unlink(by=admin_of(request), company=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[CompanyAccount]) -> None:
        """Unlink them through the service."""
        self.check_may_touch(request, queryset)
        for company in queryset.select_related("account__user"):
            company_unlink(by=admin_of(request), company=company)
