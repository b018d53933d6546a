"""`manage.py search`, for `manage.py help` and `call_command`; manage.py itself runs it without loading Django."""

from __future__ import annotations

import argparse
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from rooms.client.__main__ import add_server_arguments, run
from rooms.client.search import add_search_arguments, search


class Command(BaseCommand):
    """See docs/client.md."""

    help = search.__doc__ or ""
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        add_server_arguments(parser)
        add_search_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the command and exit with its status."""
        sys.exit(run(search, argparse.Namespace(**options)))
