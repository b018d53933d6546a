"""`manage.py new_epoch`: for use after restoring a database by other means than `manage.py restore`."""

from typing import Any

from django.core.management.base import BaseCommand

from rooms.services.installation import epoch_renew


class Command(BaseCommand):
    """Make clients discard what they know of this database."""

    help = (
        "Tell clients that the database was restored to an earlier state, so that they start over. "
        "Stop all servers first."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Set a new epoch."""
        self.stdout.write(f"The new epoch is {epoch_renew()}. Clients will start over.")
