"""`manage.py serve`: run the server, in production and for scripts/run."""

import gc
import logging
import os
import warnings
from argparse import SUPPRESS, ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

import chatproject.servers
from chatproject.installation.data_dir import make_data_dir, make_private, restrict_permissions
from chatproject.installation.deploy_checks import NO_PUBLIC_URL
from chatproject.installation.migrations import missing_migrations
from chatproject.installation.public_address import public_url
from chatproject.installation.setup_code import is_loopback, read_or_create_secret, setup_code_needed
from chatproject.redis_outage import ping_redis
from chatproject.sentences import one_line
from chatproject.servers.listening_socket import ListenError, inherited, listen
from chatproject.servers.open_files import raise_open_files_limit
from chatproject.servers.worker_metrics import WorkerMetrics
from chatproject.servers.workers import Workers, stop_with_parent

logger = logging.getLogger(__name__)


# Not argparse's `type=`, whose errors print the usage, too: one sentence is enough.
def port_number(text: str) -> int:
    """Parse a port. Raises CommandError for anything but 1 to 65535."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise CommandError(f"--port must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def worker_count(text: str) -> int:
    """Parse a number of processes. Raises CommandError for anything but 1 to 64."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 64):
        raise CommandError(f"--workers must be a number from 1 to 64, not {text!r}.")
    return int(text)


def add_serve_arguments(parser: ArgumentParser) -> None:
    """Add the options of the server, which scripts/run shares."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", default="8000", help="port to listen on (default: %(default)s)")
    parser.add_argument(
        "--server", choices=["daphne", "uvicorn"], default="daphne", help="ASGI server (default: %(default)s)"
    )
    parser.add_argument("--workers", default="1", help="number of processes, with --server uvicorn (default: 1)")


def check_redis() -> None:
    """Raise CommandError if a Redis server does not respond."""
    for url in settings.REDIS_URLS:
        try:
            ping_redis(url, seconds=3)
        except (redis.RedisError, OSError, ValueError) as error:
            place = urlsplit(url)
            where = place.hostname or place.path
            raise CommandError(f"REDIS_URL: no Redis server responds at {where}: {one_line(error)}.") from error


def check_database() -> None:
    """Raise CommandError if the database does not respond."""
    pool = connection.settings_dict["OPTIONS"].pop("pool", None)  # a pool would retry for a long time before failing
    try:
        connection.ensure_connection()
        connection.close()
    except (DatabaseError, OSError) as error:
        where = connection.settings_dict["HOST"] or connection.settings_dict["NAME"]
        raise CommandError(f"DATABASE_URL: no database responds at {where}: {one_line(error)}.") from error
    finally:
        if pool is not None:
            connection.settings_dict["OPTIONS"]["pool"] = pool


def check_migrated() -> None:
    """Raise CommandError if migrations are missing."""
    if missing_migrations():
        raise CommandError("The database is not up to date: run `manage.py migrate` first.")


def check_no_demo(host: str) -> None:
    """Make sure that strangers can't use demo accounts that still have the well-known password.

    Raises CommandError on an address that other machines can reach. If only a host name suggests that, a proxy may keep
    strangers out: then it only logs a warning.
    """
    if not setup_code_needed(host, settings.ALLOWED_HOSTS):
        return
    from chatproject.management.commands.demo import (
        demo_accounts,
    )  # imported here because it needs the apps, which the launcher loads later

    accounts = demo_accounts()
    if not accounts:
        return
    sentence = (
        f"These accounts still have the well-known demo password: {', '.join(accounts)}. Start with an empty DATA_DIR, "
        f"or change each password with `manage.py changepassword {accounts[0]}`."
    )
    if not is_loopback(host):
        raise CommandError(sentence)
    logger.warning(sentence)


class Command(BaseCommand):
    """Serve pages, the REST API and WebSockets."""

    help = "Serve pages, the REST API and WebSockets, until SIGTERM or Ctrl+C."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        add_serve_arguments(parser)
        parser.add_argument("--fd", type=int, help="file descriptor of an inherited listening socket to use instead")
        parser.add_argument("--parent", type=int, help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        """Check Redis, the database and the settings, then serve. Raises CommandError with one sentence."""
        logging.captureWarnings(True)
        # Caused by WhiteNoise's static files, which are small.
        warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
        raise_open_files_limit()
        server, port, workers = options["server"], port_number(options["port"]), worker_count(options["workers"])
        if workers > 1 and server != "uvicorn":
            raise CommandError("--workers needs --server uvicorn.")
        try:
            listener = inherited(options["fd"]) if options["fd"] is not None else listen(options["host"], port)
        except ListenError as error:
            raise CommandError(str(error)) from error
        check_redis()
        check_database()
        check_migrated()
        restrict_permissions()
        if connection.vendor == "sqlite":
            for ending in ("", "-wal", "-shm"):
                make_private(Path(f"{connection.settings_dict['NAME']}{ending}"))
        address = listener.getsockname()
        host = str(address[0]) if isinstance(address, tuple) else "unix"
        self._settle_public_url(host, address[1] if isinstance(address, tuple) else 0)
        check_no_demo(host)
        self._announce(host, options)
        connection.close()
        if workers > 1:
            Workers(listener, count=workers, server=server, metrics=self._worker_metrics()).run()
            return
        if server == "uvicorn":
            from chatproject.servers.uvicorn_server import run
        else:
            from chatproject.servers.daphne_server import run
        from chatproject.asgi import application

        chatproject.servers.running = server
        if options["parent"]:
            stop_with_parent(options["parent"])
        gc.freeze()  # everything loaded since the apps were
        run(application, listener)

    def _settle_public_url(self, host: str, port: int) -> None:
        """Default PUBLIC_URL to the listening address if only this machine can reach it. Warn if e-mail needs it."""
        if not settings.PUBLIC_URL and not setup_code_needed(host, settings.ALLOWED_HOSTS):
            shown = f"[{host}]" if ":" in host else host
            settings.PUBLIC_URL = os.environ["PUBLIC_URL"] = (
                f"http://{shown}:{port}"  # the environment is for the workers
            )
        if settings.EMAIL_CONFIGURED and not public_url():
            logger.warning(NO_PUBLIC_URL)

    def _worker_metrics(self) -> WorkerMetrics:
        folder = make_data_dir()
        try:
            return WorkerMetrics(folder)
        except OSError as error:
            raise CommandError(f"DATA_DIR: {error.filename} can't be written: {error.strerror}.") from error

    def _announce(self, host: str, options: dict[str, Any]) -> None:
        """Print the server's address, and the set-up code if one is needed."""
        if options["fd"] is None:
            shown = "localhost" if host in {"0.0.0.0", "::"} else f"[{host}]" if ":" in host else host
            self.stdout.write(f"Parlor is at http://{shown}:{options['port']}/ (Ctrl+C stops it)")
            self.stdout.flush()
        if not setup_code_needed(host, settings.ALLOWED_HOSTS):
            return
        if not settings.SETUP_CODE:
            settings.SETUP_CODE = read_or_create_secret(make_data_dir() / "setup-code", 9)
            os.environ["SETUP_CODE"] = settings.SETUP_CODE  # for the workers
        if options["fd"] is None and not get_user_model().objects.exists():
            self.stdout.write(
                f"There are no accounts yet. The first visitor needs this set-up code: {settings.SETUP_CODE}"
            )
            self.stdout.flush()
