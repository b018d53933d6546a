"""Send a test mail. In place of Django's command, which reports success if no mail server is configured."""

from __future__ import annotations

from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from chatproject.installation.deploy_checks import NO_PUBLIC_URL
from chatproject.installation.public_address import mail_is_sent
from chatproject.mail import new_mail, site_name


class Command(BaseCommand):
    """Sends one mail with the settings of the installation."""

    help = "Send a test mail to an address, and say what goes wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        """Name the receiver."""
        parser.add_argument("email", help="the address to send to")

    def handle(self, *args: Any, **options: Any) -> None:
        """Send the mail. Raises CommandError with the reason if it is not sent."""
        if not mail_is_sent():
            raise CommandError(NO_PUBLIC_URL if settings.EMAIL_CONFIGURED else "EMAIL_URL is not set: no mail is sent.")
        mail = new_mail(
            to=options["email"],
            subject=f"Test email from {site_name()}",
            text="If you can read this, this server can send email.\n",
            key=f"test:{timezone.now()}",
        )
        try:
            mail.send()
        except (OSError, SMTPException) as error:
            raise CommandError(f"The mail was not sent: {type(error).__name__}: {error}") from error
        self.stdout.write(f"The mail server has accepted the mail to {options['email']} from {mail.from_email}.")
