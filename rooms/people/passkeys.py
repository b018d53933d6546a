"""Creating and using passkeys: django-allauth's ceremonies, with one error for whatever is wrong.

What a browser must answer is in the session meanwhile, so each answer counts once.
"""

from __future__ import annotations

import json
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from rooms.errors import InvalidField
from rooms.models import User

# What the libraries raise for an answer that is malformed, forged, or of another ceremony.
REFUSALS = (ValidationError, ValueError, TypeError, KeyError, AttributeError)
NOT_ACCEPTED = _("The passkey was not accepted. Try again.")


def creation_options(user: User) -> dict[str, Any]:
    """Return what the browser needs to create a passkey for a user."""
    from allauth.mfa.webauthn.internal.auth import begin_registration

    return dict(begin_registration(user, passwordless=True))


def verify_creation(answer: str) -> dict[str, Any]:
    """Return the credential in a browser's answer to `creation_options`. Raises InvalidField."""
    from allauth.mfa.webauthn.internal import auth

    credential = _parsed(answer)
    try:
        auth.parse_registration_response(credential)
        auth.complete_registration(credential)
    except REFUSALS as error:
        raise InvalidField(NOT_ACCEPTED) from error
    return credential


def use_options(user: User | None) -> dict[str, Any]:
    """Return what the browser needs to use a passkey: of this user, or of any user who has one for this site."""
    from allauth.mfa.webauthn.internal.auth import begin_authentication

    return dict(begin_authentication(user))


def verify_use(answer: str, user: User | None) -> Authenticator:
    """Return the passkey with which a browser answered `use_options`: of this user, if given. Raises InvalidField."""
    from allauth.mfa.webauthn.internal import auth

    credential = _parsed(answer)
    try:
        auth.parse_authentication_response(credential)
        passkey: Authenticator = auth.complete_authentication(
            user or auth.extract_user_from_response(credential), credential
        )
    except REFUSALS as error:
        raise InvalidField(NOT_ACCEPTED) from error
    return passkey


def _parsed(answer: str) -> dict[str, Any]:
    try:
        credential = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise InvalidField(NOT_ACCEPTED) from error
    if not isinstance(credential, dict):
        raise InvalidField(NOT_ACCEPTED)
    return credential
