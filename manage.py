#!/usr/bin/env python
"""Django's command line, with errors of the configuration and the database as one sentence."""

import os
import sys


def main() -> None:
    """Run the command named on the command line. Exits 2 when the configuration is wrong."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatproject.settings")
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
