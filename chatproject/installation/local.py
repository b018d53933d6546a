"""The installation in the data folder: its secret, its database and, without REDIS_URL, its own Valkey.

It runs before Django's settings are loaded and supplies them.
"""

import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError

from chatproject.installation.data_dir import SECRET_KEY_FILE, data_dir, make_data_dir, restrict_permissions
from chatproject.installation.embedded_valkey import EmbeddedValkey, EmbeddedValkeyError
from chatproject.installation.setup_code import is_loopback, read_or_create_secret

logger = logging.getLogger(__name__)


@contextmanager
def installation(host: str = "127.0.0.1") -> Iterator[None]:
    """Supply the settings that are missing, for a server at `host`. Valkey runs until the context ends.

    Raises ImproperlyConfigured, EmbeddedValkeyError, OSError.
    """
    _supply_environment(host)
    if os.environ.get("REDIS_URL"):
        yield
        return
    valkey = EmbeddedValkey(data_dir())
    try:
        valkey.start()
        os.environ["REDIS_URL"] = valkey.url
        yield
    finally:
        valkey.stop()


@contextmanager
def exit_with_message() -> Iterator[None]:
    """Exit with one sentence and a non-zero status if something is wrong."""
    try:
        yield
    except (CommandError, ImproperlyConfigured, EmbeddedValkeyError) as error:
        sys.exit(f"Parlor can't start: {error}")
    except OSError as error:
        sys.exit(f"Parlor can't start: {error.filename or data_dir()} can't be written: {error.strerror}.")


def _supply_environment(host: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    folder = make_data_dir()
    restrict_permissions()
    if not os.environ.get("SECRET_KEY"):
        os.environ["SECRET_KEY"] = read_or_create_secret(folder / SECRET_KEY_FILE, 50)
    if not os.environ.get("ALLOWED_HOSTS") and not is_loopback(host):
        os.environ["ALLOWED_HOSTS"] = ",".join(_server_names(host))


def _server_names(host: str) -> list[str]:
    """Return the names and addresses under which others may reach a server that listens on `host`."""
    names = ["localhost", "127.0.0.1", "[::1]", host.strip("[]"), socket.gethostname(), socket.getfqdn()]
    try:
        names += [str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None)]
    except OSError:
        logger.debug("This machine does not know its own name.")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing, but selects the address of the network interface
            names.append(probe.getsockname()[0])
        except OSError:
            logger.debug("This machine has no network.")
    bracketed = (
        f"[{name.partition('%')[0]}]" if ":" in name.strip("[]") and name[0] != "[" else name for name in names
    )
    return list(dict.fromkeys(name for name in bracketed if name not in {"0.0.0.0", "[::]"}))
