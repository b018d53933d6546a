"""Known devices: browsers in which a user has signed in before.

A signed cookie identifies them, one for each account. An attacker who tries an account from many addresses can use up
the limit for strangers, but not that of the owner's own browser. The cookie does not grant access by itself, has its
own limit of wrong guesses (`rooms.people.guess_throttle`), and is only valid for the password that it was issued for.
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
    """Remember this browser as one of the user's. Call it after they have proved who they are."""
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
    """Return the id of this browser, if the user has signed in here with their current password."""
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
