"""Users of JSON Web Tokens, for the REST API and the sockets.

Not in `rooms/api/`, most of which a process imports later: after a restart everybody's sockets come back at once.
"""

from __future__ import annotations

from functools import lru_cache
from time import time
from typing import cast

from django.utils.translation import gettext, gettext_lazy
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken
from rest_framework_simplejwt.tokens import RefreshToken, Token

from rooms.models import User
from rooms.selectors.two_step import check_two_step

VERSION_CLAIM = "sign_in_version"  # that of the account; a token without it was made when the account had 0

EXPIRED = gettext_lazy("Token is expired")


class CachedJwtAuthentication(JWTAuthentication):
    """Verifies the signature of a token once. Whose it is, and whether it still counts, is looked up every time."""

    def get_validated_token(self, raw_token: bytes) -> Token:
        """Return the token. Raises InvalidToken."""
        token = _verified_token(raw_token)
        # The leeway in SIMPLE_JWT is for tokens that are issued in the future, not for them to last longer.
        if token["exp"] <= time():
            raise InvalidToken({"detail": EXPIRED, "messages": [{"message": EXPIRED}]})
        return token

    def get_user(self, validated_token: Token) -> User:  # type: ignore[override]
        """Return whose token it is.

        Raises:
            AuthenticationFailed: the account is not active, or has changed its password or its two-step sign-in since.
            TwoStepRequired: the account must set up two-step sign-in.
        """
        user = cast(User, super().get_user(validated_token))
        if validated_token.get(VERSION_CLAIM, 0) != user.sign_in_version:
            raise AuthenticationFailed(gettext("The token has been revoked."), code="token_revoked")
        check_two_step(user)
        return user


def new_refresh_token(user: User) -> RefreshToken:
    """Return a refresh token for a user, who has proved who they are."""
    token = RefreshToken.for_user(user)
    if user.sign_in_version:
        token[VERSION_CLAIM] = user.sign_in_version
    return token


@lru_cache(maxsize=4096)
def _verified_token(raw_token: bytes) -> Token:
    return JWTAuthentication().get_validated_token(raw_token)


def find_jwt_user(token: str) -> tuple[User, float] | None:
    """Return the user who was given this JSON Web Token for their password, and when it expires (Unix time).

    Returns None if the token is not valid, or the account not active. Raises TwoStepRequired.
    """
    jwt = CachedJwtAuthentication()
    try:
        validated = jwt.get_validated_token(token.encode())
        return jwt.get_user(validated), float(validated["exp"])
    except (InvalidToken, AuthenticationFailed):
        return None
