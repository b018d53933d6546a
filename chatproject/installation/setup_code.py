"""The setup code, with which the first visitor of an empty installation proves that the server is theirs.

Without it, the first person to find a new server would become its admin.
"""

import ipaddress
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

LOCAL_NAMES = {"localhost", "127.0.0.1", "::1", "[::1]"}


def is_loopback(host: str) -> bool:
    """Return whether a listening address can only be reached from this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def setup_code_needed(host: str, allowed_hosts: Iterable[str]) -> bool:
    """Return whether strangers can reach the server: by its listening address, or by a name in `ALLOWED_HOSTS`.

    The latter is a server on a loopback address behind a proxy.
    """
    return not is_loopback(host) or not LOCAL_NAMES.issuperset(allowed_hosts)


def read_or_create_secret(path: Path, make: int) -> str:
    """Return the secret stored in `path`, creating it from `make` random bytes if needed. Only its owner can read it.

    Raises OSError.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        if text := path.read_text().strip():
            return text
        descriptor = os.open(path, os.O_WRONLY)  # an earlier run was killed between creating and writing it
    with open(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(make) + "\n")
    return path.read_text().strip()
