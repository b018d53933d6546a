"""The one address under which people open this installation.

Links that somebody follows elsewhere, as those of mails, are made from it, and never from a request: its `Host` is
whatever a stranger writes there, and a port of their choice is enough to lead a reset link astray.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from chatproject.installation.setup_code import LOCAL_NAMES


def parse_public_url(text: str) -> str:
    """A public address as configured, without a slash at its end; "" for none. Raises ImproperlyConfigured."""
    text = text.strip()
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # half an IPv6 address, a port that is none
        valid = False
    if not valid or parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ImproperlyConfigured(
            f"PUBLIC_URL must be the address that people open, like https://chat.example.org, not {text!r}."
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def host_of(url: str) -> str:
    """The name or address in a public address, as `ALLOWED_HOSTS` has it."""
    host = urlsplit(url).hostname or ""
    return f"[{host}]" if ":" in host else host


def public_url() -> str:
    """The configured address, or the only one there can be: with https, and a single name in `ALLOWED_HOSTS`.

    "" when nobody has said which it is.
    """
    if settings.PUBLIC_URL or not settings.HTTPS:
        return str(settings.PUBLIC_URL)
    names = [name for name in settings.ALLOWED_HOSTS if name not in LOCAL_NAMES]
    return f"https://{names[0]}" if len(names) == 1 and names[0] and names[0][0] not in "*." else ""


def mail_is_sent() -> bool:
    """Whether there is a server to send mails by, and an address for the links in them."""
    return bool(settings.EMAIL_CONFIGURED and public_url())


def address_for(request: HttpRequest, path: str) -> str:
    """The absolute address of a path, for whoever asks, to be passed on.

    Without a configured address it is the one at which they are here themselves: nobody else has a say in that.
    """
    return f"{settings.PUBLIC_URL}{path}" if settings.PUBLIC_URL else request.build_absolute_uri(path)
