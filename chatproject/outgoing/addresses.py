"""Which IP addresses this server may connect to on behalf of a user."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

# https://www.iana.org/assignments/iana-ipv4-special-registry, and what reaches machines of the same network or cloud.
REFUSED_V4 = [
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network; 0.0.0.0 is this machine
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's own services for its virtual machines
        "169.254.0.0/16",  # link-local, with the metadata of most clouds
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocol assignments, with the metadata of Oracle's cloud
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # automatic multicast tunnelling
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
]
# Everything outside of this is unspecified, loopback, mapped, compatible or translated IPv4 (NAT64), unique local, link
# or site local, multicast, or not assigned.
GLOBAL_UNICAST = IPv6Network("2000::/3")
REFUSED_V6 = [
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which contains an IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
]
ISATAP = {0x00005EFE, 0x02005EFE}  # before an IPv4 address, in the lower half of an address


def is_public(address: Address) -> bool:
    """Return whether an address belongs to a machine on the internet, and not to this one.

    `ipaddress.is_global` is not enough: Python 3.11 lets some of these networks through.
    """
    if isinstance(address, IPv4Address):
        refused = any(address in network for network in REFUSED_V4)
    else:
        refused = (
            address not in GLOBAL_UNICAST
            or any(address in network for network in REFUSED_V6)
            or (int(address) >> 32) & 0xFFFFFFFF in ISATAP
        )
    return not refused and not is_own(address)


def is_own(address: Address) -> bool:
    """Return whether an address is one of this machine's, whose services may trust connections from it."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    # Connecting a datagram socket sends nothing; it only selects the address from which packets would be sent.
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(address), 443))
            return str(probe.getsockname()[0]) == str(address)
    except OSError:  # no route
        return False
