"""Client addresses of sockets."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Any


def client_address(scope: Any) -> str:
    """Return the client's IP address as text, or an empty string if it is unknown, as over a unix socket."""
    return plain_address(str((scope.get("client") or [""])[0]))


def plain_address(host: str) -> str:
    """Return an IP address as it is stored, or an empty string if it is none, as a unix socket's peer."""
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    # A server listening on "::" sees IPv4 clients like this.
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)


def network_of(address: str) -> str:
    """Return the address itself, or its /64 network for IPv6: a client with one address there can use all of them."""
    try:
        parsed = ip_address(address)
    except ValueError:  # a unix socket's peer
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> 64 << 64))


def is_loopback(address: str) -> bool:
    """Return whether `client_address` is this machine. An unknown address belongs to a proxy on this machine."""
    return not address or ip_address(address).is_loopback
