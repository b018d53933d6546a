"""Recording who signs in, and who tries to.

Django's own signals say it for every way to sign in. Programs sign in many times a day, and an attacker guesses
passwords thousands of times: of the same, only one event is recorded in an hour.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction

from chatproject.origin import origin
from chatproject.realtime.addresses import network_of
from rooms.models import AuditAction, User
from rooms.people.names import name_key
from rooms.services.audit import audit_record
from rooms.services.text_rules import is_encodable


def find_account(typed: str) -> User | None:
    """Return the account that somebody signs in to with this name, in any spelling, or None."""
    name = name_key(typed)
    if "\0" in name or not is_encodable(name):
        return None
    try:
        return User.objects.get_by_natural_key(name)
    except User.DoesNotExist:
        return None


@transaction.atomic
def sign_in_record(*, user: User, **_signal: Any) -> None:
    """Record that somebody has signed in."""
    come = origin.get()
    audit_record(AuditAction.SIGNED_IN, by=user, user=user, once_an_hour=(user.pk, come.via, come.address))


@transaction.atomic
def password_changed_record(*, user: User) -> None:
    """Record that somebody has changed their own password. Call it in the transaction that does."""
    audit_record(AuditAction.PASSWORD_CHANGED, by=user, user=user)


def sign_in_failed_record(*, credentials: dict[str, Any], **_signal: Any) -> None:
    """Record that signing in failed."""
    _record(AuditAction.SIGN_IN_FAILED, find_account(str(credentials.get("username", ""))))


def code_failed_record(*, user: User) -> None:
    """Record that the password of an account was right, but not the code of its second factor."""
    _record(AuditAction.SIGN_IN_FAILED, user)


def sign_in_refused_record(*, user: User | None) -> None:
    """Record that signing in to an account, or without one, was refused after too many attempts."""
    _record(AuditAction.SIGN_IN_REFUSED, user)


@transaction.atomic
def _record(action: AuditAction, user: User | None) -> None:
    """Record an attempt, without what was typed: people type passwords into the wrong field."""
    network = network_of(origin.get().address)
    audit_record(action, user=user, once_an_hour=(user.pk if user else "unknown", network))
