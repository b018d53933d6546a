"""Whose X-Forwarded-* headers are trusted. The socket tests of access and limits check it on both servers."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import websockets
from django.core.exceptions import ImproperlyConfigured

from chatproject.http.proxies import ForwardedHeaders, trusted_proxies
from rooms.people.guess_throttle import PER_ACCOUNT_AND_NETWORK
from rooms.tests.support.servers import RunningServer

ENOUGH = PER_ACCOUNT_AND_NETWORK + 1  # attempts until one is rejected
DIFFERENT, SAME = [f"203.0.113.{number}" for number in range(ENOUGH)], ["203.0.113.77"] * ENOUGH

pytestmark = pytest.mark.any_database


@pytest.mark.parametrize("text", ["*", "localhost", "10.0.0.0/33", "10.0.0.1/8", "1.2.3.4 5.6.7.8", "::1::"])
def test_an_invalid_proxy_is_named_in_the_error(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="TRUSTED_PROXIES must be"):
        trusted_proxies(f"127.0.0.1, {text}")


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded_for", "client"),
    [
        ("", "127.0.0.1", "203.0.113.1", "127.0.0.1"),
        ("", None, "203.0.113.1", "unix"),
        ("10.0.0.0/8, ::1", "10.1.2.3", "203.0.113.1", "203.0.113.1"),
        ("10.0.0.0/8, ::1", "::1", "2001:db8::7", "2001:db8::7"),
        ("10.0.0.0/8", "::ffff:10.1.2.3", "203.0.113.1", "203.0.113.1"),
        ("10.0.0.0/8", "11.1.2.3", "203.0.113.1", "11.1.2.3"),
        ("10.0.0.0/8", "10.1.2.3", "198.51.100.9, 203.0.113.1, 10.4.4.4", "203.0.113.1"),
        ("unix", None, "203.0.113.1", "203.0.113.1"),
        ("unix", "127.0.0.1", "203.0.113.1", "127.0.0.1"),
    ],
)
@pytest.mark.parametrize(("kind", "scheme"), [("http", "https"), ("websocket", "wss")])
async def test_the_client_is_the_last_address_from_a_trusted_proxy_or_else_the_peer(
    proxies: str, peer: str | None, forwarded_for: str, client: str, kind: str, scheme: str
) -> None:
    seen: list[dict[str, Any]] = []

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        seen.append(scope)

    headers = [(b"x-forwarded-for", forwarded_for.encode()), (b"x-forwarded-proto", b"https")]
    scope = {"type": kind, "scheme": "plain", "client": peer and (peer, 40000), "headers": headers}
    await ForwardedHeaders(application, trusted_proxies(proxies))(scope, None, None)
    assert seen[0]["client"][0] == client
    believed = client not in (peer, "unix")
    assert seen[0]["scheme"] == (scheme if believed else "plain")


def guesses(server: RunningServer, account: str, addresses: list[str]) -> set[int]:
    """Return the statuses of sign-in attempts, each with another forwarded address."""
    return {
        httpx.post(
            f"{server.url}/api/token/", json={"username": account}, headers={"X-Forwarded-For": address}
        ).status_code
        for address in addresses
    }


async def says_https(server: RunningServer) -> bool:
    """Return whether the server takes a socket's scheme for https."""
    origin = server.url.replace("http", "https")
    try:
        async with websockets.connect(
            f"{server.ws_url}/ws/", origin=websockets.Origin(origin), additional_headers={"X-Forwarded-Proto": "https"}
        ):
            return True
    except websockets.InvalidStatus:
        return False
