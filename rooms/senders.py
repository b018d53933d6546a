"""Whose sends are counted together."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from django.contrib.auth.models import AnonymousUser

from rooms.models import User


def sender_key(user: User | AnonymousUser, address: str) -> str:
    """A person, wherever they write from, else all guests at one address."""
    return f"user:{user.pk}" if isinstance(user, User) else f"address:{network_of(address)}"


def network_of(address: str) -> str:
    """The address itself, or of IPv6 the /64: anybody with one has them all."""
    try:
        parsed = ip_address(address)
    except ValueError:  # a unix socket's peer
        return address
    return str(IPv6Address(int(parsed) >> 64 << 64)) if isinstance(parsed, IPv6Address) else address
