"""`manage.py restore`: what `manage.py backup` wrote, back into the database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from chatproject.installation.backups import BackupError, load
from rooms.services.installation import epoch_renew


class Command(BaseCommand):
    """Replace the database by a backup, bring it up to date, and give it a new epoch."""

    help = "Replace everything in the database by what a backup holds. Stop every server first."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Say which options there are."""
        parser.add_argument("file", type=Path, help="what `manage.py backup` wrote")

    def handle(self, *args: Any, **options: Any) -> None:
        """Raises CommandError with one sentence."""
        try:
            load(options["file"])
        except BackupError as error:
            raise CommandError(str(error)) from error
        call_command("migrate", verbosity=0)
        epoch = epoch_renew()
        self.stdout.write(f"The database holds what {options['file']} held. Its epoch is {epoch}: clients start over.")
