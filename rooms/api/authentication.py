"""Authentication by personal access token, in addition to JSON Web Tokens and sessions."""

from __future__ import annotations

from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

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


class CachedJwtScheme(SimpleJWTScheme):  # type: ignore[no-untyped-call]
    """Describes this authentication in the OpenAPI schema."""

    target_class = "rooms.people.jwt.CachedJwtAuthentication"


class AccessTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Describes this authentication in the OpenAPI schema."""

    target_class = AccessTokenAuthentication
    name = "accessToken"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """The security scheme: a bearer token with the prefix."""
        return {"type": "http", "scheme": "bearer", "description": "A personal access token: parlor_..."}
