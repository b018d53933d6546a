"""The public address under which people open this installation.

Links in mails are made from it and never from a request: anybody can send any `Host` header, and even a different port
there would send a password reset link to an attacker.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from chatproject.installation.setup_code import LOCAL_NAMES


def parse_public_url(text: str) -> str:
    """Return a configured public address without a trailing slash, or "" for none. Raises ImproperlyConfigured."""
    text = text.strip()
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # an incomplete IPv6 address, or an invalid port
        valid = False
    if not valid or parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ImproperlyConfigured(
            f"PUBLIC_URL must be the address that people open, like https://chat.example.org, not {text!r}."
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def host_of(url: str) -> str:
    """Return the host of a public address in the form that `ALLOWED_HOSTS` uses."""
    host = urlsplit(url).hostname or ""
    return f"[{host}]" if ":" in host else host


def public_url() -> str:
    """Return the configured address, or the only possible one: with https and a single name in `ALLOWED_HOSTS`.

    Returns "" if it is not known.
    """
    if settings.PUBLIC_URL or not settings.HTTPS:
        return str(settings.PUBLIC_URL)
    names = [name for name in settings.ALLOWED_HOSTS if name not in LOCAL_NAMES]
    return f"https://{names[0]}" if len(names) == 1 and names[0] and names[0][0] not in "*." else ""


def mail_is_sent() -> bool:
    """Return whether a mail server is configured, and a public address for the links in mails."""
    return bool(settings.EMAIL_CONFIGURED and public_url())


def address_for(request: HttpRequest, path: str) -> str:
    """Return a path's absolute URL, which the user making this request can pass on.

    Without a configured address, this is the address of the request itself: nobody else can influence it.
    """
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)
