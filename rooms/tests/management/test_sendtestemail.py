"""The command that sends a test mail."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from rooms.tests.support.mail_server import MailServer


@pytest.fixture
def server(settings: Settings) -> Iterator[MailServer]:
    """A mail server, and settings to send to it."""
    server = MailServer()
    server.start()
    settings.EMAIL_CONFIGURED, settings.PUBLIC_URL = True, "https://chat.example.org"
    for name, value in server.settings.items():
        setattr(settings, name, value)
    yield server
    server.stop()


def test_it_sends_a_mail(server: MailServer) -> None:
    out = StringIO()
    call_command("sendtestemail", "me@example.org", stdout=out)
    assert "accepted the mail to me@example.org from parlor@localhost" in out.getvalue()
    (mail,) = server.mails
    assert (mail["To"], mail["Subject"]) == ("me@example.org", "Test email from chat.example.org")


def test_it_says_what_the_mail_server_answers(server: MailServer) -> None:
    server.to_recipients.append("550 no such mailbox")
    with pytest.raises(CommandError, match="no such mailbox"):
        call_command("sendtestemail", "me@example.org")
    server.stop()
    with pytest.raises(CommandError, match="ConnectionRefusedError"):
        call_command("sendtestemail", "me@example.org")


def test_it_says_which_setting_is_missing(settings: Settings) -> None:
    settings.EMAIL_CONFIGURED, settings.PUBLIC_URL = True, ""
    with pytest.raises(CommandError, match="PUBLIC_URL is not"):
        call_command("sendtestemail", "me@example.org")
    settings.EMAIL_CONFIGURED = False
    with pytest.raises(CommandError, match="EMAIL_URL is not set"):
        call_command("sendtestemail", "me@example.org")
