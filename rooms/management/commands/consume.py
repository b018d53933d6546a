"""`manage.py consume`, for `manage.py help` and `call_command`; manage.py itself goes past Django and its settings."""

from __future__ import annotations

import argparse
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from rooms.client.__main__ import add_server_arguments, run
from rooms.client.consume import add_consume_arguments, consume


class Command(BaseCommand):
    """docs/client.md"""

    help = consume.__doc__ or ""
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say which options there are."""
        add_server_arguments(parser)
        add_consume_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit with the command's status."""
        sys.exit(run(consume, argparse.Namespace(**options)))
