"""A WebSocket's opening request: its cookies and language, and checks of its Host and Origin."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.utils.translation import get_language_from_request

LOCAL_NAMES = [".localhost", "127.0.0.1", "[::1]"]  # what Django allows with DEBUG if ALLOWED_HOSTS is empty


def cookie(header: str, name: str) -> str | None:
    """Return the value of one cookie of a Cookie header."""
    for part in header.split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return None


def accepted_language(scope: Any) -> str:
    """Return the language of this server that a browser prefers, by Django's rule for requests."""
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
    return get_language_from_request(request)


def host_allowed(scope: Any) -> bool:
    """Return whether the Host header is one of this server's names, by Django's rule for requests.

    Under any other name (DNS rebinding), a stranger's page would have the server's own origin.
    """
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    names = settings.ALLOWED_HOSTS or (LOCAL_NAMES if settings.DEBUG else [])
    domain = split_domain_port(hosts[0])[0] if len(hosts) == 1 else ""
    return bool(domain) and validate_host(domain, names)


def origin_allowed(scope: Any) -> bool:
    """Return whether a page of this Origin may use the socket: same scheme, host and port, or a trusted origin.

    A request without an Origin comes from a program, which has no cookies to abuse. `AllowedHostsOriginValidator` would
    ignore scheme and port.
    """
    headers = dict(scope["headers"])
    origin = headers.get(b"origin")
    if origin is None:
        return b"cookie" not in headers
    text = origin.decode("latin-1")
    if text in settings.CSRF_TRUSTED_ORIGINS:
        return True
    try:
        parts = urlsplit(text)
    except ValueError:  # an incomplete IPv6 address
        return False
    host = headers.get(b"host", b"").decode("latin-1")
    secure = settings.HTTPS or scope.get("scheme") == "wss"
    return (parts.scheme, parts.netloc) == ("https" if secure else "http", host)
