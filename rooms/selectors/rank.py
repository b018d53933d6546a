"""Which accounts staff may manage."""

from __future__ import annotations

from django.contrib.auth.models import Permission
from django.db.models import Q

from rooms.models import User


def may_manage_account(by: User, user: User) -> bool:
    """Return whether `by` may change this account or end its sessions, if they have the permission to change accounts.

    Superusers may change every account, others their own and those with fewer permissions: setting the password or the
    e-mail address of an account gives the use of its permissions. Inactive accounts count the same, because they can be
    activated.
    """
    if by.is_superuser or by.pk == user.pk:
        return True
    if user.is_superuser:
        return False
    own, others = _permissions(by), _permissions(user)
    return others < own if user.is_staff else others <= own


def _permissions(user: User) -> set[int]:
    granted = Permission.objects.filter(Q(user=user) | Q(group__user=user))
    return set(granted.values_list("pk", flat=True))
