"""Note where people are signed in, and end it there."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.http import HttpRequest
from django.utils import timezone

from chatproject.realtime.background.periodic import PeriodicTask
from rooms.models import AuditAction, User, UserSession
from rooms.people.device_names import device_name
from rooms.selectors.user_sessions import get_user_session_of, user_sessions_of
from rooms.services.accounts import session_sockets_close, user_sockets_recheck
from rooms.services.audit import audit_record

SEEN_SECONDS = 300  # how precisely it is known when a session was last seen
MAX_REMEMBERED = 20_000  # sessions that this process knows to have been noted lately
CLEAN_SECONDS = 6 * 3600
CLEAN_DELAY = 120.0
ROW_KEY = "user_session"  # in a session: which row it is, because the key of a session changes

_noted: OrderedDict[str, float] = OrderedDict()  # until when no row needs to be written, by session key


def session_begin(request: HttpRequest, user: User, **_: Any) -> None:
    """Note that a user has signed in. Receives Django's signal."""
    session = request.session
    if session.session_key:  # otherwise the next request notes it
        row = UserSession(user=user, session_key=session.session_key)
        _describe(row, request)
        # Who signs in again while signed in keeps the session.
        fields = {"user": user, "address": row.address, "user_agent": row.user_agent, "seen_at": row.seen_at}
        row, _created = UserSession.objects.update_or_create(session_key=session.session_key, defaults=fields)
        session[ROW_KEY] = row.pk
        _remember(row.session_key)


def session_seen(request: HttpRequest, user: User) -> None:
    """Note that a signed-in browser is in use, at most once in SEEN_SECONDS and process."""
    session = request.session
    key = session.session_key
    if not key or _is_noted(key):
        return
    _remember(key)
    row = UserSession(user=user, session_key=key, seen_at=timezone.now())
    _describe(row, request)
    # The key of the session may have changed since, with the password for example.
    known = UserSession.objects.filter(pk=session.get(ROW_KEY) or 0, user=user)
    fields = {name: getattr(row, name) for name in ("session_key", "address", "user_agent", "seen_at")}
    if not known.update(**fields):  # signed in before this table existed
        row, _created = UserSession.objects.update_or_create(session_key=key, defaults={"user": user, **fields})
        session[ROW_KEY] = row.pk


def sessions_mark_seen(*, session_keys: Collection[str]) -> None:
    """Note that sockets of these sessions are open, as `session_seen` does."""
    due = [key for key in session_keys if not _is_noted(key)]
    for key in due:
        _remember(key)
    if due:
        UserSession.objects.filter(session_key__in=due).update(seen_at=timezone.now())


@transaction.atomic
def session_end(*, user: User, session_id: int) -> UserSession:
    """Sign a user out in one browser, and close its sockets within 2 s. Raises NotFound."""
    row = get_user_session_of(user, session_id)
    audit_record(AuditAction.SESSIONS_ENDED, by=user, user=user, target=device_name(row.user_agent))
    sessions_end([row])
    return row


@transaction.atomic
def sessions_end_others(*, user: User, session: SessionBase) -> int:
    """Sign a user out in all browsers but the one with this session. Return in how many."""
    others = [row for row in user_sessions_of(user) if row.session_key != session.session_key]
    if others:
        audit_record(AuditAction.SESSIONS_ENDED, by=user, user=user, before={"count": len(others)})
    sessions_end(others)
    return len(others)


@transaction.atomic
def sign_ins_end(*, user: User) -> None:
    """End everything that is signed in as a user: sessions, JSON Web Tokens, sockets. Updates `user`.

    Personal access tokens stay valid.
    """
    audit_record(AuditAction.SESSIONS_ENDED, user=user)
    sign_ins_drop(user)


def sign_ins_drop(user: User) -> None:
    """As `sign_ins_end`, as a part of what is recorded otherwise."""
    User.objects.filter(pk=user.pk).update(sign_in_version=F("sign_in_version") + 1)
    user.refresh_from_db(fields=["sign_in_version"])
    user_sockets_recheck(user=user)


def sessions_clean() -> None:
    """Delete expired sessions, and what was noted about sessions that have ended."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    ended = ~Exists(Session.objects.filter(session_key=OuterRef("session_key")))
    # A new row may be visible before its session.
    UserSession.objects.filter(ended, seen_at__lt=timezone.now() - timedelta(hours=1)).delete()


sessions_clean_task = PeriodicTask(sessions_clean, interval=CLEAN_SECONDS, delay=CLEAN_DELAY)


def sessions_end(rows: Collection[UserSession]) -> None:
    """End these sessions, and close their sockets within 2 s."""
    Session.objects.filter(session_key__in=[row.session_key for row in rows]).delete()
    UserSession.objects.filter(pk__in=[row.pk for row in rows]).delete()
    for row in rows:
        session_sockets_close(session_key=row.session_key)


def _describe(row: UserSession, request: HttpRequest) -> None:
    row.address = request.META.get("REMOTE_ADDR", "")[:45]
    row.user_agent = request.META.get("HTTP_USER_AGENT", "").replace("\0", "")[:255]


def _is_noted(key: str) -> bool:
    return _noted.get(key, 0.0) > time.monotonic()


def _remember(key: str) -> None:
    _noted[key] = time.monotonic() + SEEN_SECONDS
    _noted.move_to_end(key)
    while len(_noted) > MAX_REMEMBERED:
        _noted.popitem(last=False)
