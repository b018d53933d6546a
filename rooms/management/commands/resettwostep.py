"""Turn two-step sign-in off for a user who has lost their phone, their passkeys and their recovery codes."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from rooms.models import User
from rooms.services.two_step import two_step_reset


class Command(BaseCommand):
    """`manage.py resettwostep <username>`."""

    help = "Turn two-step sign-in off for a user who has lost their second factor. They are signed out everywhere."

    def add_arguments(self, parser: CommandParser) -> None:
        """The user name."""
        parser.add_argument("username", help="in any spelling")

    def handle(self, *args: Any, **options: Any) -> None:
        """Reset it. Raises CommandError if there is no such account, or nothing to reset."""
        try:
            user = User.objects.get_by_natural_key(options["username"])
        except User.DoesNotExist as error:
            raise CommandError(f"There is no account {options['username']}.") from error
        if not two_step_reset(user=user):
            raise CommandError(f"{user.username} has no two-step sign-in.")
        self.stdout.write(f"{user.username} signs in with the password only now, and is signed out everywhere.")
