"""Client addresses behind proxies: one rule for both servers, for HTTP and for WebSockets."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

from django.core.exceptions import ImproperlyConfigured

UNIX = "unix"  # stands for any peer of the unix socket that the server listens on


def trusted_proxies(text: str) -> list[str]:
    """Parse TRUSTED_PROXIES. Raises ImproperlyConfigured for anything that is neither an address nor a network."""
    proxies = [part.strip() for part in text.split(",") if part.strip()]
    for proxy in proxies:
        if proxy == UNIX:
            continue
        try:
            ip_network(proxy) if "/" in proxy else ip_address(proxy)
        except ValueError as error:
            raise ImproperlyConfigured(
                "TRUSTED_PROXIES must be addresses or networks like 10.0.0.0/8, or unix, with commas between; "
                f"{proxy!r} is none."
            ) from error
    return proxies


class ForwardedHeaders:
    """Takes the client and scheme from X-Forwarded-For and X-Forwarded-Proto if the peer is a trusted proxy.

    Always sets `scope["client"]`. uvicorn's middleware does the work, but it does not know unix peers, nor that a
    socket listening on IPv4 and IPv6 sees an IPv4 address as ::ffff:192.0.2.1.
    """

    def __init__(self, application: Any, proxies: list[str]) -> None:
        # Imported here: settings.py imports this module, and management commands don't need a server.
        from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

        self._inner = ProxyHeadersMiddleware(application, trusted_hosts=proxies)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request or socket."""
        host, port = scope.get("client") or (UNIX, 0)
        scope["client"] = (host.removeprefix("::ffff:") if "." in host else host, port)
        await self._inner(scope, receive, send)
