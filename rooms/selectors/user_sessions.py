"""Where people are signed in."""

from __future__ import annotations

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _

from rooms.errors import NotFound
from rooms.models import User, UserSession


def user_sessions_of(user: User) -> list[UserSession]:
    """Return the browsers in which a user is signed in, the last seen first."""
    rows = {row.session_key: row for row in UserSession.objects.filter(user=user)}
    sessions = Session.objects.filter(session_key__in=rows, expire_date__gt=timezone.now())
    live = [rows[session.session_key] for session in sessions if _is_signed_in(session, user)]
    return sorted(live, key=lambda row: row.seen_at, reverse=True)


def get_user_session_of(user: User, session_id: int) -> UserSession:
    """Return one of these. Raises NotFound."""
    for row in user_sessions_of(user):
        if row.pk == session_id:
            return row
    raise NotFound(_("You are not signed in there any more."))


def _is_signed_in(session: Session, user: User) -> bool:
    content = session.get_decoded()
    return content.get(SESSION_KEY) == str(user.pk) and constant_time_compare(
        content.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()
    )
