"""Who really asks, when a proxy in front passes it on: one rule for both servers, for HTTP and for sockets."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any

from django.core.exceptions import ImproperlyConfigured

UNIX = "unix"  # stands for whoever may open the unix socket that the server listens on


def trusted_proxies(text: str) -> list[str]:
    """The proxies that TRUSTED_PROXIES names. Raises ImproperlyConfigured for what is neither address nor network."""
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
    """Takes client and scheme from X-Forwarded-For and X-Forwarded-Proto where a trusted proxy is the peer.

    `scope["client"]` is always there afterwards. The work is uvicorn's; it knows no unix peers, and not that an IPv4
    address arrives as ::ffff:192.0.2.1 at a socket that listens on both.
    """

    def __init__(self, application: Any, proxies: list[str]) -> None:
        # Not above: the settings read this module, and commands have no use for a server.
        from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

        self._inner = ProxyHeadersMiddleware(application, trusted_hosts=proxies)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request or socket."""
        host, port = scope.get("client") or (UNIX, 0)
        scope["client"] = (host.removeprefix("::ffff:") if "." in host else host, port)
        await self._inner(scope, receive, send)
