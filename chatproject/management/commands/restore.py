"""`manage.py restore`: replace the database with a backup."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from chatproject.installation.backups import BackupError, load
from rooms.services.installation import epoch_renew


class Command(BaseCommand):
    """Replace the database with a backup, migrate it, and set a new epoch."""

    help = "Replace everything in the database with a backup. Stop all servers first."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file argument."""
        parser.add_argument("file", type=Path, help="a file written by `manage.py backup`")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore the backup. Raises CommandError with one sentence."""
        try:
            load(options["file"])
        except BackupError as error:
            raise CommandError(str(error)) from error
        call_command("migrate", verbosity=0)
        epoch = epoch_renew()
        self.stdout.write(
            f"Database restored from {options['file']}. The new epoch is {epoch}; clients will start over."
        )
