"""Authentication by personal access token, in addition to JSON Web Tokens and sessions."""

from __future__ import annotations

from functools import lru_cache
from time import time
from typing import cast

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.tokens import Token

from rooms.errors import NotAuthenticated
from rooms.models import PersonalAccessToken, User
from rooms.selectors.tokens import get_token_by_secret
from rooms.services.tokens import TOKEN_PREFIX, token_mark_used


class AccessTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer parlor_...`; other bearer tokens are left to the other authentication classes."""

    def authenticate(self, request: Request) -> tuple[User, PersonalAccessToken] | None:
        """Return the owner and the token, or None for other tokens. Raises AuthenticationFailed with the reason."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret.startswith(TOKEN_PREFIX):
            return None
        try:
            token = get_token_by_secret(secret)
        except NotAuthenticated as error:
            raise AuthenticationFailed(error.detail) from error
        token_mark_used(token=token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """The `WWW-Authenticate` header. Without it, REST framework would answer 403 instead of 401."""
        return 'Bearer realm="api"'


class CachedJwtAuthentication(JWTAuthentication):
    """Verifies the signature of a token once. Whose it is, and whether it still counts, is looked up every time."""

    def get_validated_token(self, raw_token: bytes) -> Token:
        """Return the token. Raises InvalidToken."""
        token = _verified_token(raw_token)
        return token if token["exp"] > time() else super().get_validated_token(raw_token)


@lru_cache(maxsize=4096)
def _verified_token(raw_token: bytes) -> Token:
    return JWTAuthentication().get_validated_token(raw_token)


class CachedJwtScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]
    """Describes this authentication in the OpenAPI schema."""

    target_class = "rooms.api.authentication.CachedJwtAuthentication"


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


class AccessTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes this authentication in the OpenAPI schema."""

    target_class = AccessTokenAuthentication
    name = "accessToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """The security scheme: a bearer token with the prefix."""
        return {"type": "http", "scheme": "bearer", "description": "A personal access token: parlor_..."}
