"""`manage.py serve`: the server, for production and for scripts/run."""

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
from django.db.migrations.executor import MigrationExecutor

import chatproject.servers
from chatproject.installation.data_dir import close_to_others, keep_private, make_data_dir
from chatproject.installation.deploy_checks import NO_PUBLIC_URL
from chatproject.installation.public_address import public_url
from chatproject.installation.setup_code import is_loopback, private_secret, setup_code_needed
from chatproject.redis_outage import ask_redis
from chatproject.servers.listening_socket import ListenError, inherited, listen
from chatproject.servers.open_files import raise_limit
from chatproject.servers.worker_metrics import WorkerMetrics
from chatproject.servers.workers import Workers, end_with

logger = logging.getLogger(__name__)


# Not argparse's `type=`: its refusals come with the usage, and what is wanted is one sentence.
def port_number(text: str) -> int:
    """A port as typed. Raises CommandError for anything but 1 to 65535."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise CommandError(f"--port must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def worker_count(text: str) -> int:
    """A number of processes as typed. Raises CommandError for anything but 1 to 64."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 64):
        raise CommandError(f"--workers must be a number from 1 to 64, not {text!r}.")
    return int(text)


def add_serve_arguments(parser: ArgumentParser) -> None:
    """The options of the server, which scripts/run has too."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    parser.add_argument("--port", default="8000", help="the port (default: %(default)s)")
    parser.add_argument("--server", choices=["daphne", "uvicorn"], default="daphne", help="default: %(default)s")
    parser.add_argument("--workers", default="1", help="server processes, with --server uvicorn")


def check_redis() -> None:
    """Raise CommandError when a Redis server does not answer."""
    for url in settings.REDIS_URLS:
        try:
            ask_redis(url, seconds=3)
        except (redis.RedisError, OSError, ValueError) as error:
            place = urlsplit(url)
            where = place.hostname or place.path
            raise CommandError(f"REDIS_URL: no Redis server responds at {where}: {one_line(error)}.") from error


def check_database() -> None:
    """Raise CommandError when the database does not answer."""
    pool = connection.settings_dict["OPTIONS"].pop("pool", None)  # which would try again and again before it says so
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
    """Raise CommandError when the database lacks tables or columns that this version needs."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError("The database is not up to date: run `manage.py migrate` first.")


def check_no_demo(host: str) -> None:
    """See to it that no stranger comes in by an account of the demo that still has the password known to all.

    Raises CommandError on an address that others reach. Where only a name tells of them, there is a proxy, which may
    keep them out: there it is said in the log.
    """
    if not setup_code_needed(host, settings.ALLOWED_HOSTS):
        return
    from chatproject.management.commands.demo import demo_accounts  # needs the apps, which the launcher loads later

    open_to_all = demo_accounts()
    if not open_to_all:
        return
    sentence = (
        f"The demo's password opens {', '.join(open_to_all)} here, and everybody knows it: start with an empty "
        f"DATA_DIR, or first give each of them another by `manage.py changepassword {open_to_all[0]}`."
    )
    if not is_loopback(host):
        raise CommandError(sentence)
    logger.warning(sentence)


def one_line(error: BaseException) -> str:
    """What a library says, without its line breaks and its full stop."""
    return " ".join(str(error).split()).rstrip(".") or type(error).__name__


class Command(BaseCommand):
    """Serve pages, the REST API and WebSockets."""

    help = "Serve pages, the REST API and WebSockets, until SIGTERM or Ctrl+C."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say which options there are."""
        add_serve_arguments(parser)
        parser.add_argument("--fd", type=int, help="serve on this inherited listening socket instead")
        parser.add_argument("--parent", type=int, help=SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        """Check what the server stands on, then serve. Raises CommandError with one sentence."""
        logging.captureWarnings(True)
        # WhiteNoise's way of sending a file; they are small.
        warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
        raise_limit()
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
        keep_private()
        if connection.vendor == "sqlite":
            for ending in ("", "-wal", "-shm"):
                close_to_others(Path(f"{connection.settings_dict['NAME']}{ending}"))
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
            end_with(options["parent"])
        gc.freeze()  # what has been loaded since the apps were
        run(application, listener)

    def _settle_public_url(self, host: str, port: int) -> None:
        """Take the address one listens on for the public one where only this machine can come; say if there is none."""
        if not settings.PUBLIC_URL and not setup_code_needed(host, settings.ALLOWED_HOSTS):
            shown = f"[{host}]" if ":" in host else host
            settings.PUBLIC_URL = os.environ["PUBLIC_URL"] = f"http://{shown}:{port}"  # the latter for the workers
        if settings.EMAIL_CONFIGURED and not public_url():
            logger.warning(NO_PUBLIC_URL)

    def _worker_metrics(self) -> WorkerMetrics:
        folder = make_data_dir()
        try:
            return WorkerMetrics(folder)
        except OSError as error:
            raise CommandError(f"DATA_DIR: {error.filename} can't be written: {error.strerror}.") from error

    def _announce(self, host: str, options: dict[str, Any]) -> None:
        """Say where the server is, and with which code a stranger may not set it up."""
        if options["fd"] is None:
            shown = "localhost" if host in {"0.0.0.0", "::"} else f"[{host}]" if ":" in host else host
            self.stdout.write(f"Parlor is at http://{shown}:{options['port']}/ (Ctrl+C ends it)")
            self.stdout.flush()
        if not setup_code_needed(host, settings.ALLOWED_HOSTS):
            return
        if not settings.SETUP_CODE:
            settings.SETUP_CODE = private_secret(make_data_dir() / "setup-code", 9)
            os.environ["SETUP_CODE"] = settings.SETUP_CODE  # for the workers
        if options["fd"] is None and not get_user_model().objects.exists():
            self.stdout.write(
                f"Nobody has an account yet. The first visitor needs this set-up code: {settings.SETUP_CODE}"
            )
            self.stdout.flush()
