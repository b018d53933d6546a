"""`manage.py backup`: write the database and the uploaded files to one file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from chatproject.installation.backups import save
from chatproject.installation.database_dumps import BackupError
from rooms.selectors.stored_files import stored_names


class Command(BaseCommand):
    """Write everything to a file, while the server may be running."""

    help = "Write the whole database and all uploaded files to a new file. The server can keep running."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file argument."""
        parser.add_argument("file", type=Path, help="the tar archive to write; it must not exist yet")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the backup. Raises CommandError with one sentence."""
        try:
            saved = save(options["file"], stored_names())
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Database and stored files ({saved.files}, with thumbnails) saved to {options['file']}.")
        if saved.missing:
            self.stdout.write(
                f"Not in the storage: {saved.missing} files. They were deleted meanwhile, or are lost: manage.py files."
            )
