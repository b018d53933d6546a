#!/usr/bin/env python
"""Django's command line, with errors of the configuration and the database as one sentence."""

import gc
import os
import sys

CLIENTS = ("consume", "produce")  # talk to a server, maybe on another machine: no settings needed, nor Django


def is_client(arguments: list[str]) -> bool:
    """Whether these arguments name a command that is a client of some server."""
    return bool(arguments) and arguments[0] in CLIENTS


def main() -> None:
    """Run the command named on the command line. Exits 1 when the configuration is wrong."""
    if is_client(sys.argv[1:]):
        from rooms.client.__main__ import main as client

        sys.exit(client(sys.argv[1:], prog="manage.py"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    gc.disable()  # what is loaded now stays, and looking through it takes long; chatproject/apps.py puts it back on
    os.umask(0o077)  # what is written is this user's alone: the database above all
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"Parlor can't start: {error}")
    except OperationalError as error:
        sys.exit(f"The database did not do it: {' '.join(str(error).split())}.")


if __name__ == "__main__":
    main()
