"""Identifying the user of a socket by session cookie or token."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, get_user
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from chatproject.prepared_query import PreparedQuery
from chatproject.realtime.database import in_database, in_database_together
from chatproject.realtime.sockets.socket import IdentitySource
from rooms.errors import NotAuthenticated
from rooms.models import User
from rooms.people.jwt import find_jwt_user
from rooms.people.languages import user_language
from rooms.selectors.tokens import get_token_by_secret, live_tokens, token_lacks_two_step
from rooms.selectors.two_step import lacks_two_step, session_lacks_two_step, two_step_required
from rooms.services.tokens import TOKEN_PREFIX, token_mark_used, tokens_mark_used
from rooms.services.user_sessions import sessions_mark_seen

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore
_session = PreparedQuery(lambda key: SessionStore.get_model_class().objects.filter(session_key=key))


@dataclass(slots=True)
class SocketIdentity:
    """A user at a socket, by a session or by a token that expires at `expires` (Unix time).

    A session can be extended meanwhile. `token_id` is set for a personal access token.
    """

    user: User
    session_key: str | None = None
    expires: float | None = None
    token_id: int | None = None

    @property
    def user_id(self) -> int:
        return self.user.pk

    @property
    def user_name(self) -> str:
        return self.user.username

    @property
    def display_name(self) -> str:
        return self.user.shown_name

    @property
    def avatar(self) -> str | None:
        return self.user.avatar

    @property
    def language(self) -> str | None:
        return user_language(self.user)


def from_session(session_key: str) -> SocketIdentity | None:
    """Return the user signed in with this session, if it is valid and their account active. Raises TwoStepRequired."""
    found = _session.all(session_key)
    if not found or found[0].expire_date <= timezone.now():
        return None
    row = found[0]
    session = SessionStore(session_key)
    session._session_cache = row.get_decoded()  # otherwise it would load the row again, without its expiry
    user = get_user(cast(HttpRequest, SimpleNamespace(session=session, META={})))
    if not isinstance(user, User):
        return None
    if session_lacks_two_step(user, session):
        raise two_step_required()
    return SocketIdentity(user, session_key=session_key, expires=row.expire_date.timestamp())


def _active_sessions(keys: Collection[str]) -> dict[str, Any]:
    """Return the rows of those of these sessions that have not expired, by key."""
    rows = SessionStore.get_model_class().objects.filter(session_key__in=keys, expire_date__gt=timezone.now())
    return {row.session_key: row for row in rows}


async def identify_by_session(session_key: str) -> SocketIdentity | None:
    """As `from_session`."""
    return await in_database_together(from_session, session_key)


async def identify_by_token(token: str) -> SocketIdentity | None:
    """Return the user of a JSON Web Token or personal access token, if it is valid and their account active.

    Raises TwoStepRequired.
    """
    if token.startswith(TOKEN_PREFIX):
        return await in_database(from_access_token, token)  # which may write
    return await in_database_together(from_jwt, token)


def from_access_token(secret: str) -> SocketIdentity | None:
    """Return the user who created this personal access token."""
    try:
        token = get_token_by_secret(secret)
    except NotAuthenticated:
        return None
    token_mark_used(token=token)
    expires = token.expires_at.timestamp() if token.expires_at else None
    return SocketIdentity(token.user, expires=expires, token_id=token.pk)


def from_jwt(token: str) -> SocketIdentity | None:
    """Return the user who was given this JSON Web Token for their password."""
    found = find_jwt_user(token)
    return None if found is None else SocketIdentity(found[0], expires=found[1])


def find_expired(identities: Collection[SocketIdentity]) -> list[SocketIdentity]:
    """Return identities whose account, session or token has ended, or whose password or second factor has changed.

    A session that changed the password itself stays valid: Django updated its hash. A personal access token survives a
    password change, as in other products: bots must not stop when their owner follows good security advice. The other
    identities are updated: staff status, restrictions, name, picture, language and session expiry may have changed.
    """
    users = User.objects.in_bulk({identity.user_id for identity in identities})
    keys = {identity.session_key for identity in identities if identity.session_key}
    sessions = _active_sessions(keys)
    sessions_mark_seen(session_keys=sessions.keys())
    token_ids = {identity.token_id for identity in identities if identity.token_id}
    live = live_tokens(token_ids) if token_ids else []
    live_token_ids = {token.pk for token in live if not token_lacks_two_step(token)}
    if live_token_ids:
        tokens_mark_used(token_ids=live_token_ids)

    def ended(identity: SocketIdentity) -> bool:
        user = users.get(identity.user_id)
        if user is None or not user.is_active:
            return True
        identity.user.username, identity.user.is_staff = user.username, user.is_staff
        identity.user.display_name, identity.user.picture_digest = user.display_name, user.picture_digest
        identity.user.language, identity.user.restricted = user.language, user.restricted
        if identity.token_id is not None:
            return identity.token_id not in live_token_ids
        if identity.session_key is None:
            signed_in = (identity.user.password, identity.user.sign_in_version)
            return signed_in != (user.password, user.sign_in_version) or lacks_two_step(user)
        session = sessions.get(identity.session_key)
        if session is None:
            return True
        identity.expires = session.expire_date.timestamp()
        content = session.get_decoded()
        if not constant_time_compare(content.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
            return True
        return session_lacks_two_step(user, content)

    return [identity for identity in identities if ended(identity)]


identity_source = IdentitySource(
    from_session=identify_by_session, from_token=identify_by_token, find_expired=find_expired
)
