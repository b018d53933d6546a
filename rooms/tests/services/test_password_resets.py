"""Password reset links: who gets one, where it leads, and that requests reveal nothing."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from chatproject.installation.deploy_checks import check_public_url
from chatproject.installation.public_address import host_of, mail_is_sent, parse_public_url, public_url
from rooms.models import PasswordResetRequest, User
from rooms.people import guess_throttle
from rooms.services.password_resets import password_resets_send
from rooms.tests.support.mail_server import MailServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("Alice", email="alice@example.org", password="a-good-password")


def request_link(client: Client, email: str, **headers: Any) -> tuple[Any, list[str]]:
    """Request a link, and return the response with the SQL statements that it took."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.post(reverse("password_reset"), {"email": email}, **headers)
    return answer, [re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries]


@pytest.fixture
def mailing(settings: Settings) -> Settings:
    """Settings of an installation that sends mails."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    guess_throttle._local_cache.clear()
    settings.EMAIL_CONFIGURED = True
    settings.PUBLIC_URL = "https://chat.example.org:8443"
    return settings


def test_requesting_a_link_does_the_same_for_every_address(client: Client, alice: User, mailing: Settings) -> None:
    known, known_work = request_link(client, "alice@example.org")
    again, again_work = request_link(client, "alice@example.org")
    unknown, unknown_work = request_link(client, "nobody@example.org")
    assert known["Location"] == again["Location"] == unknown["Location"]
    assert known_work == again_work == unknown_work
    assert not mail.outbox
    password_resets_send()
    password_resets_send()
    assert [sent.to for sent in mail.outbox] == [["alice@example.org"]]
    assert not PasswordResetRequest.objects.exists()


def test_no_request_determines_the_host_of_the_link(client: Client, alice: User, mailing: Settings) -> None:
    mailing.ALLOWED_HOSTS = ["*"]
    for host in ("127.0.0.1:4444", "evil.example", "[::1]:666"):
        request_link(client, "alice@example.org", HTTP_HOST=host, HTTP_X_FORWARDED_HOST=host)
        password_resets_send()
    assert len(mail.outbox) == 3
    for sent in mail.outbox:
        (link,) = re.findall(r"https?://\S+", str(sent.body))
        assert link.startswith("https://chat.example.org:8443/accounts/password/reset/")
        assert sent.subject == "Reset your password for chat.example.org:8443"


def test_all_spellings_of_an_address_count_as_one_mailbox(client: Client, alice: User, mailing: Settings) -> None:
    for spelling in ("alice@example.org", " Alice@Example.ORG ", "alice@ｅxample.org"):
        request_link(client, spelling)
    assert PasswordResetRequest.objects.count() == 1
    statuses = {request_link(client, f"{' ' * padding}ALICE@example.org")[0].status_code for padding in range(10)}
    assert 429 in statuses


@pytest.mark.parametrize(
    ("answers", "retried"),
    [
        ({"to_recipients": ["550 No such user"]}, False),
        ({"to_data": ["554 Spam"]}, False),
        ({"to_recipients": ["451 Try again later"]}, True),
        ({"to_data": ["452 Full"]}, True),
    ],
)
def test_only_a_mail_that_the_server_may_take_later_is_retried(
    client: Client, alice: User, mailing: Settings, caplog: pytest.LogCaptureFixture, answers: Any, retried: bool
) -> None:
    server = MailServer()
    vars(server).update(answers)
    server.start()
    try:
        for name, value in server.settings.items():
            setattr(mailing, name, value)
        request_link(client, "alice@example.org")
        password_resets_send()
        assert PasswordResetRequest.objects.exists() == retried
        PasswordResetRequest.objects.update(due_at=timezone.now())
        password_resets_send()
    finally:
        server.stop()
    assert [sent["To"] for sent in server.mails] == ["alice@example.org"] * retried
    assert "alice" not in caplog.text


def test_a_mail_that_can_not_be_sent_is_retried_for_an_hour(
    client: Client, alice: User, mailing: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    mailing.EMAIL_HOST, mailing.EMAIL_PORT = "127.0.0.1", 1
    mailing.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    request_link(client, "alice@example.org")
    password_resets_send()
    (asked,) = PasswordResetRequest.objects.all()
    assert asked.attempts == 1
    assert asked.due_at > timezone.now()
    assert "alice" not in caplog.text
    mailing.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    password_resets_send()
    assert not mail.outbox  # not yet
    PasswordResetRequest.objects.update(due_at=timezone.now())
    password_resets_send()
    assert len(mail.outbox) == 1
    request_link(client, "alice@example.org")
    PasswordResetRequest.objects.update(asked_at=timezone.now() - timedelta(minutes=59))
    password_resets_send()
    assert len(mail.outbox) == 2
    request_link(client, "alice@example.org")
    PasswordResetRequest.objects.update(asked_at=timezone.now() - timedelta(minutes=61))
    password_resets_send()
    assert len(mail.outbox) == 2
    assert not PasswordResetRequest.objects.exists()


@pytest.mark.parametrize(
    ("https", "hosts", "found"),
    [
        (True, ["chat.example.org", "127.0.0.1", "[::1]"], "https://chat.example.org"),
        (True, ["chat.example.org", "other.example.org"], ""),
        (True, [".example.org"], ""),
        (True, ["*"], ""),
        (True, ["localhost"], ""),
        (False, ["chat.example.org"], ""),
    ],
)
def test_without_a_public_url_mails_need_a_single_host_name_and_https(
    client: Client, mailing: Settings, alice: User, https: bool, hosts: list[str], found: str
) -> None:
    mailing.PUBLIC_URL, mailing.HTTPS, mailing.ALLOWED_HOSTS = "", https, hosts
    assert public_url() == found
    assert mail_is_sent() == bool(found)
    assert len(check_public_url(None)) == (0 if found else 1)


def test_without_a_public_url_the_page_refers_to_an_admin(client: Client, mailing: Settings, alice: User) -> None:
    mailing.PUBLIC_URL = ""
    for answer in (client.get(reverse("password_reset")), request_link(client, "alice@example.org")[0]):
        assert "Ask an admin for a password reset link" in answer.content.decode()
    assert not PasswordResetRequest.objects.exists()


@pytest.mark.parametrize(
    "text", ["chat.example.org", "ftp://chat", "https://", "https://a/b", "https://u:p@a", "https://a:x", "https://a?b"]
)
def test_a_malformed_public_url_is_rejected(text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="PUBLIC_URL must be"):
        parse_public_url(text)


def test_a_public_url_is_normalized_without_the_slash() -> None:
    assert parse_public_url("https://Chat.example.org:8443/") == "https://chat.example.org:8443"
    assert host_of("https://chat.example.org:8443") == "chat.example.org"
    assert host_of("http://[::1]:8000") == "[::1]"
