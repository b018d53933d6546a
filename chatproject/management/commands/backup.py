"""`manage.py backup`: write the database to a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chatproject.installation.backups import BackupError, dump


class Command(BaseCommand):
    """Write the whole database to a file, while the server may be running."""

    help = "Write the whole database to a new file. The server can keep running."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file argument."""
        parser.add_argument("file", type=Path, help="the file to write; it must not exist yet")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the backup. Raises CommandError with one sentence."""
        try:
            dump(options["file"])
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Database saved to {options['file']}.")
