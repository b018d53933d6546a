"""From where a socket comes."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address
from typing import Any


def client_address(scope: Any) -> str:
    """The client's IP address as text; empty when it is not known, as over a unix socket."""
    host = str((scope.get("client") or [""])[0])
    try:
        address = ip_address(host)
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:  # a server listening on "::" sees IPv4 so
        return str(address.ipv4_mapped)
    return str(address)


def network_of(address: str) -> str:
    """The address itself, or of IPv6 the /64: whoever has one address of it has them all."""
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
    """Whether `client_address` means this machine; one that is not known is that of a proxy on it."""
    return not address or ip_address(address).is_loopback
