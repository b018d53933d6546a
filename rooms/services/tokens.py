"""Personal access tokens, with which programs authenticate instead of a password."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from rooms.errors import Conflict, InvalidField
from rooms.models import AuditAction, PersonalAccessToken, User
from rooms.selectors.tokens import token_digest, tokens_of
from rooms.services.accounts import user_sockets_recheck
from rooms.services.audit import audit_record
from rooms.services.text_rules import check_storable

TOKEN_PREFIX = "parlor_"  # lets people and secret scanners recognize a token
SECRET_BYTES = 32
MAX_NAME_LENGTH = 80
MAX_TOKENS = 50  # per user, not counting revoked ones
USED_PRECISION = timedelta(minutes=1)


@transaction.atomic
def token_create(
    *, user: User, name: str, expires_at: datetime | None = None, two_step: bool = False
) -> tuple[PersonalAccessToken, str]:
    """Create a token. Return it with its secret, which is shown once and not stored.

    `two_step` tells that a company's two-step sign-in counts for the account, which has none of its own.

    Raises:
        InvalidField: the name is empty or too long, or `expires_at` is in the past.
        Conflict: the user already has MAX_TOKENS tokens.
    """
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME_LENGTH:
        sentence = ngettext_lazy(
            "Name: use 1 to %(maximum)d character.", "Name: use 1 to %(maximum)d characters.", "maximum"
        )
        raise InvalidField(sentence, {"maximum": MAX_NAME_LENGTH})
    check_storable(name, "name")
    if expires_at is not None and expires_at <= timezone.now():
        raise InvalidField(_("Expires: choose a time in the future."))
    # So that two requests can't both create the last one, and the last factor is not removed meanwhile.
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if tokens_of(user).count() >= MAX_TOKENS:
        sentence = ngettext_lazy(
            "You have %(count)d token, the maximum. Revoke one that you don't need.",
            "You have %(count)d tokens, the maximum. Revoke one that you don't need.",
            "count",
        )
        raise Conflict(sentence, {"count": MAX_TOKENS})
    secret = TOKEN_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = PersonalAccessToken.objects.create(
        user=user,
        name=name,
        digest=token_digest(secret),
        expires_at=expires_at,
        two_step=two_step or locked.two_step_since is not None,
    )
    after = {"expires_at": expires_at}
    audit_record(AuditAction.TOKEN_CREATED, by=user, user=user, target=name, after=after)
    return token, secret


@transaction.atomic
def token_revoke(*, token: PersonalAccessToken) -> None:
    """Revoke a token, and close the sockets opened with it within 2 s. Idempotent and permanent."""
    if PersonalAccessToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        audit_record(AuditAction.TOKEN_REVOKED, user=token.user, target=token.name)
        user_sockets_recheck(user=token.user)


def tokens_mark_used(*, token_ids: Collection[int]) -> None:
    """Record that these tokens are in use now, at most once per minute and token."""
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lte=now - USED_PRECISION)
    PersonalAccessToken.objects.filter(stale, pk__in=token_ids).update(last_used_at=now)


def token_mark_used(*, token: PersonalAccessToken) -> None:
    """Record that a freshly loaded token is in use now. Takes no query if that was recorded within a minute."""
    if token.last_used_at is None or token.last_used_at <= timezone.now() - USED_PRECISION:
        tokens_mark_used(token_ids=[token.pk])
