"""Personal access tokens."""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from rooms.errors import NotAuthenticated, NotFound, TwoStepRequired
from rooms.models import PersonalAccessToken, User
from rooms.selectors.two_step import must_have_two_step

NO_TOKEN = _("Token not found.")


def token_digest(secret: str) -> str:
    """Return the digest by which a token is stored. A slow hash is not needed: the secret is 256 random bits."""
    return sha256(secret.encode(errors="surrogatepass")).hexdigest()


def get_token_by_secret(secret: str) -> PersonalAccessToken:
    """Return the token with this secret, and its user.

    Raises:
        NotAuthenticated: it is not valid; says why.
        TwoStepRequired: it was created without two-step sign-in, which is required now.
    """
    token = PersonalAccessToken.objects.select_related("user").filter(digest=token_digest(secret)).first()
    if token is None:
        raise NotAuthenticated(NO_TOKEN)
    if token.revoked_at is not None:
        raise NotAuthenticated(_("The token has been revoked."))
    if token.expires_at is not None and token.expires_at <= timezone.now():
        raise NotAuthenticated(_("The token has expired."))
    if not token.user.is_active:
        raise NotAuthenticated(_("The account of this token is not active."))
    if token_lacks_two_step(token):
        raise TwoStepRequired(_("This token was created without two-step sign-in. Create a new one."))
    return token


def token_lacks_two_step(token: PersonalAccessToken) -> bool:
    """Return whether a token was created without two-step sign-in by a user who must have it now."""
    return not token.two_step and must_have_two_step(token.user)


def live_tokens(token_ids: Collection[int]) -> QuerySet[PersonalAccessToken]:
    """Return the tokens with these ids that are neither revoked nor expired, with their users."""
    unexpired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    return PersonalAccessToken.objects.select_related("user").filter(unexpired, pk__in=token_ids, revoked_at=None)


def tokens_of(user: User) -> QuerySet[PersonalAccessToken]:
    """Return a user's tokens that are not revoked, newest first, including expired ones."""
    return PersonalAccessToken.objects.filter(user=user, revoked_at=None).order_by("-id")


def get_token_of(user: User, token_id: int) -> PersonalAccessToken:
    """Return a user's own token that is not revoked. Raises NotFound."""
    token = tokens_of(user).filter(pk=token_id).first() if token_id < 2**63 else None
    if token is None:
        raise NotFound(NO_TOKEN)
    return token
