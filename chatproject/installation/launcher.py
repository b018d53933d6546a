"""The program behind scripts/run: sets up an installation without any configuration, then starts the server.

It runs before Django's settings are loaded and supplies them: `python -m chatproject.installation.launcher --help`.
"""

import argparse
import gc
import hashlib
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import CommandError

from chatproject.installation.data_dir import data_dir, demo_data_dir
from chatproject.installation.local import exit_with_message, installation
from chatproject.installation.setup_code import is_loopback


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until interrupted. Exits with a non-zero status and one sentence if something is wrong."""
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    with exit_with_message():
        options = _parse(arguments)
        if options.demo:
            os.environ["DATA_DIR"] = str(demo_data_dir())
        with installation(options.host):
            _serve(options)


def _end(number: int, frame: Any) -> NoReturn:
    """Exit on SIGTERM and SIGINT while no server runs yet; a server has its own handlers."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(128 + number)


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    # Imported here: Django takes a moment to load, and Ctrl+C must already work.
    from chatproject.management.commands.serve import add_serve_arguments, port_number, worker_count

    parser = argparse.ArgumentParser(prog="scripts/run", description="Set up Parlor and serve it.")
    add_serve_arguments(parser)
    parser.add_argument(
        "--demo", action="store_true", help="use a separate demo installation with rooms, users and conversations"
    )
    options = parser.parse_args(arguments)
    port_number(options.port)
    if worker_count(options.workers) > 1 and options.server != "uvicorn":
        raise CommandError("--workers needs --server uvicorn.")
    if options.demo and not is_loopback(options.host):
        raise CommandError("--demo uses well-known passwords, so it runs on 127.0.0.1 only, not on other addresses.")
    return options


def _serve(options: argparse.Namespace) -> None:
    import django
    from django.core.management import call_command

    gc.disable()  # as in manage.py
    django.setup()
    from chatproject.management.commands.serve import check_database, check_redis

    check_redis()
    check_database()
    call_command("migrate", verbosity=0)
    _collect_static()
    if options.demo:
        call_command("demo")
    call_command("serve", host=options.host, port=options.port, server=options.server, workers=options.workers)


def _collect_static() -> None:
    """Collect static files in the data folder if any of them changed since last time."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    digest = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in finder.list(None):
            status = os.stat(storage.path(path))
            digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    stamp = data_dir() / "static.stamp"
    if stamp.exists() and stamp.read_text() == digest.hexdigest() and Path(settings.STATIC_ROOT).is_dir():
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(digest.hexdigest())


if __name__ == "__main__":
    main()
