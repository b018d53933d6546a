#!/usr/bin/env python
"""Django's command line, with configuration and database errors as one sentence."""

import gc
import os
import sys

# These connect to a server, maybe on another machine, and need neither settings nor Django.
CLIENTS = ("consume", "produce", "search")


def is_client(arguments: list[str]) -> bool:
    """Return whether the arguments name a command that is a client of a server."""
    return bool(arguments) and arguments[0] in CLIENTS


def main() -> None:
    """Run the command given on the command line. Exits with 1 if the configuration is wrong."""
    if is_client(sys.argv[1:]):
        from rooms.client.__main__ import main as client

        sys.exit(client(sys.argv[1:], prog="manage.py"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
    gc.disable()  # modules loaded now stay, and collections would scan them; chatproject/apps.py enables it again
    os.umask(0o077)  # files are only readable by this user, above all the database
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
