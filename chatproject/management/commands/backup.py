"""`manage.py backup`: the database into a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chatproject.installation.backups import BackupError, dump


class Command(BaseCommand):
    """Write the whole database to a file, while the server goes on."""

    help = "Write the whole database to a new file; the server may go on meanwhile."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say which options there are."""
        parser.add_argument("file", type=Path, help="the file to make; it must not be there yet")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError with one sentence."""
        try:
            dump(options["file"])
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The database is in {options['file']}.")
