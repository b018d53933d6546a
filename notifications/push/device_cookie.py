"""The cookie that identifies a browser with notifications. It grants access to nothing."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponseBase

DEVICE_COOKIE = "push-device"
LIFETIME = 400 * 24 * 3600  # seconds; browsers keep no cookie for longer


def set_device_cookie(response: HttpResponseBase, cookie: str) -> None:
    """Have a browser identify itself by this value from now on."""
    response.set_cookie(
        DEVICE_COOKIE,
        cookie,
        max_age=LIFETIME,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
