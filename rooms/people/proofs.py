"""How the user of a session has proved who they are, as django-allauth notes it there."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest

if TYPE_CHECKING:
    from rooms.models import User

# How long a password or a second factor counts as recent, for changes to what one signs in with.
CONFIRMED_FOR = timedelta(minutes=10)


def note_proof(request: HttpRequest, user: User, *, method: str, **facts: Any) -> None:
    """Note in the session that somebody has proved who they are, and how: `password` or `mfa`."""
    from allauth.account.internal.flows.login import record_authentication

    record_authentication(request, user, method=method, **facts)


def recently_confirmed(request: HttpRequest, user: User) -> bool:
    """Return whether a user may change what they sign in with: they have proved who they are within CONFIRMED_FOR.

    With two-step sign-in that takes the second factor, without it a password or a company account.
    """
    from allauth.account.internal.flows.login import get_authentication_records

    since = time.time() - CONFIRMED_FOR.total_seconds()
    proofs = [proof for proof in get_authentication_records(request, user) if proof["at"] >= since]
    return any(proof["method"] == "mfa" or user.two_step_since is None for proof in proofs)


def proved_two_factors(session: SessionBase | Mapping[str, Any], user: User) -> bool:
    """Return whether a session began with two factors in one: a passkey, or a company's two-step sign-in.

    The latter is noted by `note_proof` with the fact `two_step`.
    """
    from allauth.account.internal.flows.login import get_authentication_records

    proofs = get_authentication_records(cast(HttpRequest, SimpleNamespace(session=session)), user)
    return any(proof.get("passwordless") or proof.get("two_step") for proof in proofs)
