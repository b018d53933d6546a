"""Whose sends are counted together."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address

from django.contrib.auth.models import AnonymousUser

from chatproject.realtime import metrics
from chatproject.realtime.shared_limits import get_blocking_buckets
from rooms.errors import RateLimited
from rooms.models import User


def sender_key(user: User | AnonymousUser, address: str) -> str:
    """A person, wherever they write from, else all guests at one address."""
    return f"user:{user.pk}" if isinstance(user, User) else f"address:{network_of(address)}"


def count_send(user: User, address: str) -> None:
    """Count that a request writes something, together with what the person's sockets write. Raises RateLimited."""
    if wait := get_blocking_buckets().take(sender_key(user, address)):
        metrics.sends_refused.inc()
        raise RateLimited(wait)


def network_of(address: str) -> str:
    """The address itself, or of IPv6 the /64: anybody with one has them all."""
    try:
        parsed = ip_address(address)
    except ValueError:  # a unix socket's peer
        return address
    return str(IPv6Address(int(parsed) >> 64 << 64)) if isinstance(parsed, IPv6Address) else address
