"""E-mail addresses: who may change them, what is confirmed by whom, who is told, and that nothing is revealed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from chatproject.logs import redacted
from rooms.models import AddressChange, AddressMail, User
from rooms.people import guess_throttle
from rooms.services.email_addresses import address_mails_send
from rooms.services.password_resets import password_reset_request, password_resets_send

pytestmark = pytest.mark.django_db
PASSWORD = "a-good-password"


@pytest.fixture(autouse=True)
def mailing(settings: Settings) -> Settings:
    """Settings of an installation that sends mails."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    cache.clear()
    guess_throttle._local_cache.clear()
    settings.EMAIL_CONFIGURED = True
    settings.PUBLIC_URL = "https://chat.example.org"
    return settings


@pytest.fixture
def alice(client: Client) -> User:
    user = User.objects.create_user("alice", password=PASSWORD)
    client.force_login(user)
    return user


def ask(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post(reverse("email_address"), {"email": email, "password": password})


def sent_links() -> list[str]:
    """Send what is due, and return the paths of the links in all mails so far."""
    address_mails_send()
    return [re.findall(r"https://chat.example.org(\S+)", str(one.body))[0] for one in mail.outbox]


def address_of(user: User) -> str:
    return User.objects.get(pk=user.pk).email


def test_an_address_is_the_users_when_they_confirm_it_with_the_link(client: Client, alice: User) -> None:
    assert ask(client, "Alice@EXAMPLE.org").status_code == 302
    assert "Alice@example.org" in client.get(reverse("email_address")).content.decode()
    (link,) = sent_links()
    assert mail.outbox[0].to == ["Alice@example.org"]
    assert mail.outbox[0].extra_headers["Auto-Submitted"] == "auto-generated"
    phone = Client()  # where they are not signed in
    assert "@alice" in phone.get(link).content.decode()
    assert address_of(alice) == ""  # mail scanners open links
    assert "Email address confirmed" in phone.post(link).content.decode()
    assert address_of(alice) == "Alice@example.org"
    assert not AddressMail.objects.exists()  # there is no former address to tell


def test_a_link_works_once(client: Client, alice: User) -> None:
    ask(client, "alice@example.org")
    (link,) = sent_links()
    assert client.post(link).status_code == 302
    User.objects.update(email="")
    assert [client.post(link).status_code, client.get(link).status_code] == [404, 404]
    assert address_of(alice) == ""


def test_a_link_ends_with_time_and_with_a_request_for_another_address(client: Client, alice: User) -> None:
    ask(client, "first@example.org")
    (first,) = sent_links()
    ask(client, "second@example.org")
    assert client.post(first).status_code == 404
    AddressChange.objects.update(asked_at=timezone.now() - timedelta(days=3, minutes=1))
    second = sent_links()[1]
    assert client.post(second).status_code == 404
    assert "Waiting for confirmation" not in client.get(reverse("email_address")).content.decode()
    assert not AddressChange.objects.exists()
    assert address_of(alice) == ""


def test_no_link_can_be_made_up(client: Client, alice: User) -> None:
    ask(client, "alice@example.org")
    (link,) = sent_links()
    token = link.split("/")[-2]
    for wrong in (token[:-1] + ("a" if token[-1] != "a" else "b"), "1", "x:y:z", str(AddressChange.objects.get().pk)):
        assert client.post(reverse("email_confirm", args=[wrong])).status_code == 404
    assert address_of(alice) == ""


def test_the_link_of_a_deactivated_account_does_not_work(client: Client, alice: User) -> None:
    ask(client, "alice@example.org")
    (link,) = sent_links()
    User.objects.update(is_active=False)
    assert Client().post(link).status_code == 404


def test_the_link_can_be_sent_again_and_cancelled(client: Client, alice: User) -> None:
    ask(client, "alice@example.org")
    sent_links()
    client.post(reverse("email_resend"))
    first, again = sent_links()
    assert client.get(first).status_code == client.get(again).status_code == 200
    client.post(reverse("email_cancel"))
    assert client.post(again).status_code == 404
    page = client.post(reverse("email_resend"), follow=True).content.decode()
    assert "You have no email address to confirm." in page


def test_the_former_address_is_told_of_a_change_and_of_a_removal_and_not_of_the_new_one(
    client: Client, alice: User
) -> None:
    User.objects.update(email="old@example.org")
    ask(client, "new@example.org")
    assert address_of(alice) == "old@example.org"
    client.post(sent_links()[0])
    address_mails_send()
    assert [one.to for one in mail.outbox] == [["new@example.org"], ["old@example.org"]]
    assert "no longer has the email address old@example.org" in str(mail.outbox[1].body)
    assert "new@example.org" not in str(mail.outbox[1].body)
    client.post(reverse("email_remove"), {"remove-password": PASSWORD})
    address_mails_send()
    assert address_of(alice) == ""
    assert mail.outbox[2].to == ["new@example.org"]


def test_a_wrong_password_changes_nothing_and_guesses_are_limited(client: Client, alice: User) -> None:
    User.objects.update(email="old@example.org")
    answers = [ask(client, "evil@example.org", "wrong").status_code for _ in range(4)]
    answers += [client.post(reverse("email_remove"), {"remove-password": "wrong"}).status_code for _ in range(6)]
    assert answers == [400] * 8 + [429] * 2
    assert ask(client, "evil@example.org").status_code == 429
    assert not AddressChange.objects.exists()
    assert address_of(alice) == "old@example.org"


@pytest.mark.parametrize(
    "email", ["", "alice", "a@b", "a b@example.org", "a@example.org\nBcc: b@example.org", "ä@x.org"]
)
def test_an_invalid_address_is_refused_at_its_field(client: Client, alice: User, email: str) -> None:
    answer = ask(client, email)
    assert answer.status_code == 400
    assert 'id="id_email_error"' in answer.content.decode()
    assert not AddressChange.objects.exists()


def test_whether_another_account_has_the_address_makes_no_difference(client: Client, alice: User) -> None:
    User.objects.create_user("bob", email="bob@example.org", password=PASSWORD)
    statements = []
    for email in ("bob@example.org", "nobody@example.org"):
        with CaptureQueriesContext(connection) as queries:
            answer = ask(client, email)
        assert answer.status_code == 302
        statements.append([re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries])
        page = client.get(reverse("email_address")).content.decode().replace(email, "")
        statements.append([re.sub(r'value="[^"]{64}"', "", page)])
        client.post(reverse("email_cancel"))
        client.get(reverse("email_address"))
    assert statements[1] == statements[3]
    assert [one for one in statements[0] if "SAVEPOINT" not in one] == [
        one for one in statements[2] if "SAVEPOINT" not in one
    ]


def test_mails_are_limited_per_account_and_per_address(client: Client, alice: User, mailing: Settings) -> None:
    mailing.CONFIRMATION_MAILS_PER_HOUR = 3
    answers = [ask(client, f"a{number}@example.org").status_code for number in range(4)]
    assert answers == [302, 302, 302, 429]
    other = Client()
    mailing.CONFIRMATION_MAILS_PER_HOUR = 2
    answers = []
    for number in range(3):
        other.force_login(User.objects.create_user(f"b{number}", password=PASSWORD))
        answers.append(ask(other, "Victim@example.org").status_code)
    assert answers == [302, 302, 429]


def test_without_mail_the_page_says_so_and_changes_nothing(client: Client, alice: User, mailing: Settings) -> None:
    mailing.EMAIL_CONFIGURED = False
    assert "This server does not send email." in client.get(reverse("email_address")).content.decode()
    ask(client, "alice@example.org")
    assert not AddressChange.objects.exists()


def test_a_password_can_be_reset_with_the_confirmed_address_only(client: Client, alice: User) -> None:
    ask(client, "alice@example.org")
    password_reset_request(email="alice@example.org")
    password_resets_send()
    assert not mail.outbox
    client.post(sent_links()[0])
    password_reset_request(email="alice@example.org")
    password_resets_send()
    assert "/accounts/password/reset/" in str(mail.outbox[1].body)


def test_an_admin_sets_an_address_and_the_former_one_is_told(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(email="old@example.org")
    ask(client, "wanted@example.org")
    root = User.objects.create_superuser("root", password=PASSWORD)
    client.force_login(root)
    page = reverse("admin:rooms_user_change", args=[alice.pk])
    fields = {"username": "alice", "display_name": "", "email": "set@example.org", "is_active": "on"}
    answer = client.post(page, fields)
    assert answer.status_code == 302, re.findall("errorlist.*", answer.content.decode())
    address_mails_send()
    assert address_of(alice) == "set@example.org"
    assert [one.to for one in mail.outbox] == [["old@example.org"]]
    assert not AddressChange.objects.exists()


def test_no_log_line_has_a_link() -> None:
    assert redacted("GET /accounts/email/confirm/MQ:1x:abc/ 200") == "GET /accounts/email/confirm/.../ 200"
