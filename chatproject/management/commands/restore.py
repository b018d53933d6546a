"""`manage.py restore`: replace the database with a backup, and bring back its files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from chatproject.installation.backup_keys import Key
from chatproject.installation.backups import restore
from chatproject.installation.database_dumps import BackupError
from rooms.services.installation import epoch_renew
from rooms.services.uploads import uploads_forget

SENTENCES = {
    Key.RESTORED: "The secret key of the backup is in the data folder, and holds from the next start.",
    Key.OTHER: (
        "This installation has another SECRET_KEY than that of the backup: everybody has to sign in again, and invite"
        " links, authenticator apps and recovery codes end, unless you start the servers with that of the backup."
    ),
}


class Command(BaseCommand):
    """Replace the database with a backup, migrate it, and set a new epoch."""

    help = "Replace everything in the database with a backup, and bring back its files. Stop all servers first."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the file argument."""
        parser.add_argument("file", type=Path, help="a file written by `manage.py backup`")

    def handle(self, *args: Any, **options: Any) -> None:
        """Restore the backup. Raises CommandError with one sentence."""
        try:
            restored = restore(options["file"])
        except BackupError as error:
            raise CommandError(str(error)) from error
        call_command("migrate", verbosity=0)
        uploads_forget()
        epoch = epoch_renew()
        self.stdout.write(
            f"Database and stored files ({restored.files}, with thumbnails) restored from {options['file']}."
            f" The new epoch is {epoch}; clients will start over."
        )
        if restored.key in SENTENCES:
            self.stdout.write(SENTENCES[restored.key])
