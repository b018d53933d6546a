"""Browsers in which a person has signed in before.

A signed cookie says so, one for each account. Whoever attacks an account from many places can use up what strangers
may guess at it, but not what its owner may at their own browser. It opens nothing by itself, has a count of wrong
guesses of its own (`rooms.people.guessing_limits`), and ends with the password that it was given for.
"""

from __future__ import annotations

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from rooms.models import User

LIFETIME = 180 * 24 * 3600  # seconds


def remember_device(request: HttpRequest, response: HttpResponseBase, user: User) -> None:
    """Have this browser known as one of the person's from now on. Call it once they have shown who they are."""
    device = known_device(request, user) or secrets.token_urlsafe(12)
    response.set_cookie(
        _cookie(user),
        signing.dumps(device, salt=_salt(user)),
        max_age=LIFETIME,
        path=reverse("login"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def known_device(request: HttpRequest, user: User) -> str | None:
    """What names this browser, if the person has signed in here with the password they have now."""
    cookie = request.COOKIES.get(_cookie(user))
    if cookie is None:
        return None
    try:
        device = signing.loads(cookie, salt=_salt(user), max_age=LIFETIME)
    except signing.BadSignature:
        return None
    return device if isinstance(device, str) else None


def _cookie(user: User) -> str:
    return f"device-{user.pk}"


def _salt(user: User) -> str:
    return f"rooms.device:{user.pk}:{user.get_session_auth_hash()}"
