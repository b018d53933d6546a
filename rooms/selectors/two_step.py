"""Who has two-step sign-in, and who must have it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.utils.translation import gettext_lazy as _

from rooms.errors import NotFound, TwoStepRequired
from rooms.models import User
from rooms.people.proofs import proved_two_factors

Type = Authenticator.Type
FACTORS = (Type.TOTP, Type.WEBAUTHN)  # recovery codes only stand in for one of these


@dataclass(slots=True)
class Factors:
    """What somebody signs in with besides their password."""

    app: Authenticator | None = None
    passkeys: list[Authenticator] = field(default_factory=list)
    codes_left: int | None = None  # None without recovery codes


def factors_of(user: User) -> Factors:
    """Return a user's second factors."""
    found = Factors()
    for row in Authenticator.objects.filter(user=user).order_by("pk"):
        if row.type == Type.TOTP:
            found.app = row
        elif row.type == Type.WEBAUTHN:
            found.passkeys.append(row)
        else:
            found.codes_left = _codes_left(row)
    return found


def get_app_of(user: User) -> Authenticator:
    """Return a user's authenticator app. Raises NotFound."""
    app = Authenticator.objects.filter(user=user, type=Type.TOTP).first()
    if app is None:
        raise NotFound(_("You have no authenticator app."))
    return app


def get_passkey_of(user: User, passkey_id: int) -> Authenticator:
    """Return one of a user's passkeys. Raises NotFound."""
    passkeys = Authenticator.objects.filter(user=user, type=Type.WEBAUTHN)
    found = passkeys.filter(pk=passkey_id).first() if passkey_id < 2**63 else None
    if found is None:
        raise NotFound(_("Passkey not found."))
    return found


def any_passkeys() -> bool:
    """Return whether anybody here has a passkey, so that the sign-in page offers to use one."""
    return bool(Authenticator.objects.filter(type=Type.WEBAUTHN).exists())


def must_have_two_step(user: User) -> bool:
    """Return whether REQUIRE_TWO_STEP includes this user."""
    return settings.REQUIRE_TWO_STEP == "all" or (settings.REQUIRE_TWO_STEP == "staff" and user.is_staff)


def lacks_two_step(user: User) -> bool:
    """Return whether REQUIRE_TWO_STEP includes this user, who has no second factor."""
    return must_have_two_step(user) and user.two_step_since is None


def session_lacks_two_step(user: User, session: SessionBase | Mapping[str, Any]) -> bool:
    """Return whether a session, or its content, may do nothing but set up two-step sign-in.

    A session that began before the account had it has ended, see `User.get_session_auth_hash`.
    """
    return lacks_two_step(user) and not proved_two_factors(session, user)


def check_two_step(user: User) -> None:
    """Check that a user who must have two-step sign-in has it. Raises TwoStepRequired."""
    if lacks_two_step(user):
        raise two_step_required()


def two_step_required() -> TwoStepRequired:
    """Return the error for those who must set it up first."""
    return TwoStepRequired(_("Set up two-step sign-in first: sign in with a browser and open any page."))


def _codes_left(row: Authenticator) -> int:
    used: int = row.data["used_mask"].bit_count()
    return int(settings.MFA_RECOVERY_CODE_COUNT) - used
