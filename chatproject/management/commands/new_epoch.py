"""`manage.py new_epoch`: after a database was put back by other means than `manage.py restore`."""

from typing import Any

from django.core.management.base import BaseCommand

from rooms.services.installation import epoch_renew


class Command(BaseCommand):
    """Have clients forget what they knew of this database."""

    help = (
        "Say that the database was put back to an earlier state, so that clients start over. Stop every server first."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Give the database a new epoch."""
        self.stdout.write(f"The epoch is {epoch_renew()}: clients start over.")
