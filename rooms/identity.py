"""Who is at a socket: by session cookie or by token. All of it queries the database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from importlib import import_module
from types import SimpleNamespace
from typing import Any, cast

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, get_user
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import AuthenticationFailed, InvalidToken

from chatproject.realtime.consumer import IdentitySource
from rooms.models import User

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore


@dataclass(frozen=True, slots=True)
class SocketIdentity:
    """A person at a socket, by a session or by a token that ends at `expires` (Unix time)."""

    user: User
    session_key: str | None = None
    expires: float | None = None

    @property
    def user_id(self) -> int:
        return self.user.pk

    @property
    def user_name(self) -> str:
        return self.user.username


def from_session(session_key: str) -> SocketIdentity | None:
    """The person signed in with this session, if it is valid and their account active."""
    session = SessionStore(session_key)
    user = get_user(cast(HttpRequest, SimpleNamespace(session=session, META={})))
    return SocketIdentity(user, session_key=session_key) if isinstance(user, User) else None


def from_token(token: str) -> SocketIdentity | None:
    """The person a JSON Web Token was given to, if it is valid now and their account active."""
    jwt = JWTAuthentication()
    try:
        validated = jwt.get_validated_token(token.encode())
        user = jwt.get_user(validated)
    except (InvalidToken, AuthenticationFailed):
        return None
    return SocketIdentity(cast(User, user), expires=float(validated["exp"]))


def ended_among(identities: Collection[SocketIdentity]) -> list[SocketIdentity]:
    """Those whose account is inactive or gone, whose session has ended, or whose password is another by now.

    A session that itself changed the password goes on: Django gave it the new hash.
    """
    users = User.objects.in_bulk({identity.user_id for identity in identities})
    keys = {identity.session_key for identity in identities if identity.session_key}
    sessions: dict[str, dict[str, Any]] = {
        session.session_key: session.get_decoded()
        for session in SessionStore.get_model_class().objects.filter(session_key__in=keys)
    }

    def ended(identity: SocketIdentity) -> bool:
        user = users.get(identity.user_id)
        if user is None or not user.is_active:
            return True
        if identity.session_key is None:
            return user.password != identity.user.password
        session_hash = sessions.get(identity.session_key, {}).get(HASH_SESSION_KEY, "")
        return not constant_time_compare(session_hash, user.get_session_auth_hash())

    return [identity for identity in identities if ended(identity)]


identity_source = IdentitySource(from_session=from_session, from_token=from_token, ended_among=ended_among)
