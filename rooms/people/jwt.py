"""Users of JSON Web Tokens, for the REST API and the sockets.

Not in `rooms/api/`, most of which a process imports later: after a restart everybody's sockets come back at once.
"""

from __future__ import annotations

from functools import lru_cache
from time import time
from typing import cast

from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken
from rest_framework_simplejwt.tokens import Token

from rooms.models import User


class CachedJwtAuthentication(JWTAuthentication):
    """Verifies the signature of a token once. Whose it is, and whether it still counts, is looked up every time."""

    def get_validated_token(self, raw_token: bytes) -> Token:
        """Return the token. Raises InvalidToken."""
        token = _verified_token(raw_token)
        return token if token["exp"] > time() else super().get_validated_token(raw_token)


@lru_cache(maxsize=4096)
def _verified_token(raw_token: bytes) -> Token:
    return JWTAuthentication().get_validated_token(raw_token)


def find_jwt_user(token: str) -> tuple[User, float] | None:
    """Return the user who was given this JSON Web Token for their password, and when it expires (Unix time).

    Returns None if the token is not valid, or the account not active.
    """
    jwt = CachedJwtAuthentication()
    try:
        validated = jwt.get_validated_token(token.encode())
        return cast(User, jwt.get_user(validated)), float(validated["exp"])
    except (InvalidToken, AuthenticationFailed):
        return None
