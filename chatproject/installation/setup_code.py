"""The code that the first visitor of an empty installation gives, to show that the server is theirs.

Without it whoever finds a new server first would become its admin.
"""

import ipaddress
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

LOCAL_NAMES = {"localhost", "127.0.0.1", "::1", "[::1]"}


def is_loopback(host: str) -> bool:
    """Whether a listening address can only be reached from this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def setup_code_needed(host: str, allowed_hosts: Iterable[str]) -> bool:
    """Whether strangers can reach the server: it listens for them, or it goes by a name that is not this machine's.

    The latter is a server on a loopback address behind a proxy.
    """
    return not is_loopback(host) or not LOCAL_NAMES.issuperset(allowed_hosts)


def private_secret(path: Path, make: int) -> str:
    """The secret kept in `path`, which only its owner may read; made of `make` random bytes the first time.

    Raises OSError.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if text := path.read_text().strip():
            return text
        descriptor = os.open(path, os.O_WRONLY)  # an earlier run was killed between making and writing it
    with open(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(make) + "\n")
    return path.read_text().strip()
