"""Company accounts: who has one, what groups give, and who may use a password."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from chatproject.installation.company_accounts import ROLES, Gift
from rooms.models import CompanyAccount, User


def company_configured() -> bool:
    """Return whether people can have company accounts."""
    return settings.OIDC is not None or settings.LDAP is not None


def company_providers() -> list[str]:
    """Return the issuers that are configured, as identities have them."""
    found = [settings.OIDC.issuer] if settings.OIDC is not None else []
    return found + ([settings.LDAP.provider] if settings.LDAP is not None else [])


def company_accounts_of(user: User) -> QuerySet[CompanyAccount]:
    """Return a user's company accounts."""
    return CompanyAccount.objects.filter(account__user=user).select_related("account")


def get_company_account(provider: str, subject: str) -> CompanyAccount | None:
    """Return the account of a subject at an issuer. Nothing else identifies people, above all not their address."""
    accounts = CompanyAccount.objects.filter(account__provider=provider, account__uid=subject)
    return accounts.select_related("account__user").first()


def gifts_of(groups: Collection[str]) -> Gift:
    """Return what these groups give together: in each room the highest role."""
    rooms: dict[str, str] = {}
    staff = False
    for group in groups:
        gift = settings.COMPANY_GROUPS.get(group)
        if gift is None:
            continue
        staff = staff or gift.staff
        for name, role in gift.rooms.items():
            rooms[name] = max(role, rooms.get(name, role), key=ROLES.index)
    return Gift(rooms, staff)


def may_use_password(user: User) -> bool:
    """Return whether a user may sign in with a password of Parlor.

    With `PASSWORD_SIGN_IN=no`, only superusers without a company account may: somebody must be able to come in while
    the company's sign-in is down.
    """
    return settings.PASSWORD_SIGN_IN or (user.is_superuser and not company_accounts_of(user).exists())


def may_unlink(company: CompanyAccount) -> bool:
    """Return whether a person may unlink their company account themselves.

    Not one that the company's sign-in created: they would stay when the company ends it. Nor without a password.
    """
    return company.linked and settings.PASSWORD_SIGN_IN and company.account.user.has_usable_password()


def unconfirmed_for(company: CompanyAccount) -> timedelta:
    """Return for how long the company has not said that an account is active."""
    return timezone.now() - company.confirmed_at
