"""Which accounts a member of staff may change."""

from __future__ import annotations

from django.contrib.auth.models import Permission
from django.db.models import Q

from rooms.models import User


def may_manage_account(by: User, user: User) -> bool:
    """Whether somebody who has the permission for it may change this account, or what is open in its name.

    Superusers may change every account; others their own and those below them. Whoever sets the password or the e-mail
    of an account has what it has: it must be less than they have themselves. Whether the account is active does not
    matter: it can be made so.
    """
    if by.is_superuser or by.pk == user.pk:
        return True
    if user.is_superuser:
        return False
    mine, theirs = _permissions(by), _permissions(user)
    return theirs < mine if user.is_staff else theirs <= mine


def _permissions(user: User) -> set[int]:
    granted = Permission.objects.filter(Q(user=user) | Q(group__user=user))
    return set(granted.values_list("pk", flat=True))
