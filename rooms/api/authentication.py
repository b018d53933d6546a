"""Authentication by personal access token or session, in addition to JSON Web Tokens."""

from __future__ import annotations

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from rooms.errors import NotAuthenticated
from rooms.models import PersonalAccessToken, User
from rooms.selectors.tokens import get_token_by_secret
from rooms.selectors.two_step import session_lacks_two_step, two_step_required
from rooms.services.tokens import TOKEN_PREFIX, token_mark_used


class AccessTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer parlor_...`; other bearer tokens are left to the other authentication classes."""

    def authenticate(self, request: Request) -> tuple[User, PersonalAccessToken] | None:
        """Return the owner and the token, or None for other tokens.

        Raises:
            AuthenticationFailed: with the reason.
            TwoStepRequired: the token was created without two-step sign-in, which is required now.
        """
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


class BrowserAuthentication(SessionAuthentication):
    """The session of a browser, unless it may do nothing but set up two-step sign-in."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """Return the user, or None without a session. Raises TwoStepRequired."""
        found: tuple[User, None] | None = super().authenticate(request)
        if found is not None and session_lacks_two_step(found[0], request._request.session):
            raise two_step_required()
        return found


class BrowserScheme(SessionScheme):  # type: ignore[no-untyped-call]
    """Describes this authentication in the OpenAPI schema."""

    target_class = "rooms.api.authentication.BrowserAuthentication"


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
