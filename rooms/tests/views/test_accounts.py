"""Set-up, sign-up, sign-in, sign-out and passwords."""

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from pytest_django import Settings

from rooms.models import User
from rooms.people import guess_throttle

pytestmark = pytest.mark.django_db
PASSWORD = "a-good-password"
NEW_PASSWORD = "another-good-one"
MISMATCH = "The username or password is wrong."


@pytest.fixture(autouse=True)
def no_throttling(settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.SETUP_CODE = ""
    settings.SIGNUP_OPEN = True
    settings.EMAIL_CONFIGURED = False
    cache.clear()
    guess_throttle._local_cache.clear()


@pytest.fixture
def alice() -> User:
    return User.objects.create_user("Alice", email="alice@example.org", password=PASSWORD)


def sign_in(client: Client, username: str = "alice", password: str = PASSWORD) -> int:
    return client.post(reverse("login"), {"username": username, "password": password}).status_code


@pytest.mark.parametrize("address", ["/", "/accounts/signup/", "/accounts/login/", "/accounts/password/reset/"])
def test_without_accounts_every_page_redirects_to_set_up(client: Client, address: str) -> None:
    response = client.get(address, follow=True)
    assert response.redirect_chain[-1][0] == reverse("setup")


def test_the_first_visitor_becomes_the_admin_and_is_signed_in(client: Client) -> None:
    response = client.post(reverse("setup"), {"username": "alice", "password1": PASSWORD, "password2": PASSWORD})
    assert response["Location"] == "/"
    assert User.objects.get().is_superuser
    assert client.get("/").status_code == 200


def test_set_up_is_closed_after_the_first_account(client: Client, alice: User) -> None:
    response = client.post(reverse("setup"), {"username": "eve", "password1": PASSWORD, "password2": PASSWORD})
    assert response.status_code == 302
    assert User.objects.count() == 1


def test_set_up_asks_for_the_code_if_one_is_set(client: Client, settings: Settings) -> None:
    settings.SETUP_CODE = "open-sesame"
    form = {"username": "alice", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post(reverse("setup"), form | {"code": "open"}).status_code == 200
    assert client.post(reverse("setup"), form).status_code == 200
    assert not User.objects.exists()
    assert client.post(reverse("setup"), form | {"code": " open-sesame "}).status_code == 302


def test_signing_up_creates_an_ordinary_account_and_signs_in(client: Client, alice: User) -> None:
    form = {"username": "bob", "display_name": "Bob B.", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post(reverse("signup"), form)["Location"] == "/"
    bob = User.objects.get(username="bob")
    assert (bob.display_name, bob.is_staff) == ("Bob B.", False)


def test_usernames_are_unique_regardless_of_case(client: Client, alice: User) -> None:
    response = client.post(reverse("signup"), {"username": "aLiCe", "password1": PASSWORD, "password2": PASSWORD})
    assert response.status_code == 200
    assert User.objects.count() == 1


def test_closed_sign_up_says_whom_to_ask(client: Client, alice: User, settings: Settings) -> None:
    settings.SIGNUP_OPEN = False
    response = client.post(reverse("signup"), {"username": "bob", "password1": PASSWORD, "password2": PASSWORD})
    assert response.status_code == 403
    assert "Sign-up is closed" in response.content.decode()
    assert User.objects.count() == 1


def test_signing_in_ignores_the_case_of_the_name_and_starts_a_new_session(client: Client, alice: User) -> None:
    client.get("/accounts/login/")
    before = client.session.session_key
    assert sign_in(client, "ALICE") == 302
    assert client.session.session_key != before


def test_unknown_wrong_and_deactivated_credentials_get_the_same_sentence(client: Client, alice: User) -> None:
    User.objects.create_user("gone", password=PASSWORD, is_active=False)
    for name, password in (("nobody", PASSWORD), ("alice", "wrong"), ("gone", PASSWORD)):
        page = client.post(reverse("login"), {"username": name, "password": password}).content.decode()
        assert MISMATCH in page


def test_guessing_is_limited_even_if_the_last_guess_is_right(client: Client, alice: User) -> None:
    answers = [sign_in(client, password=f"guess {number}") for number in range(guess_throttle.PER_ACCOUNT_AND_NETWORK)]
    assert set(answers) == {200}
    assert sign_in(client) == 429


def test_others_can_sign_in_while_somebody_is_blocked_for_guessing(client: Client, alice: User) -> None:
    for _ in range(guess_throttle.PER_ACCOUNT_AND_NETWORK + 1):
        sign_in(client, "bob", "guess")
    assert sign_in(client) == 302


def test_signing_in_works_and_stays_limited_without_the_cache(client: Client, alice: User, settings: Settings) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
    }
    assert sign_in(client) == 302
    other = Client()
    for _ in range(guess_throttle.PER_ACCOUNT_AND_NETWORK):
        sign_in(other, password="guess")
    assert sign_in(other, password="guess") == 429


def test_signing_out_needs_a_post_and_ends_the_session(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get(reverse("logout")).status_code == 405
    assert client.post(reverse("logout"))["Location"] == reverse("login")
    assert client.get("/").status_code == 302


def test_a_new_password_ends_all_other_sessions(client: Client, alice: User) -> None:
    elsewhere = Client()
    for each in (client, elsewhere):
        each.force_login(alice)
    form = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    assert client.post(reverse("password_change"), form).status_code == 302
    assert client.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302


def test_without_email_a_forgotten_password_needs_an_admin(client: Client, alice: User) -> None:
    assert "Ask an admin for a password reset link" in client.get(reverse("password_reset")).content.decode()


def test_password_rules_are_one_sentence_on_every_page(client: Client) -> None:
    pages = [client.get(reverse("setup"))]
    alice = User.objects.create_user("alice", password=PASSWORD)
    pages.append(client.get(reverse("signup")))
    uid, token = urlsafe_base64_encode(force_bytes(alice.pk)), default_token_generator.make_token(alice)
    pages.append(client.get(reverse("password_reset_confirm", args=[uid, token]), follow=True))
    client.force_login(alice)
    pages.append(client.get(reverse("password_change")))
    for page in pages:
        assert page.content.decode().count("at least 8 characters") == 1
        assert "<li>" not in page.content.decode()


def test_an_admins_reset_link_sets_a_new_password_once(client: Client, alice: User) -> None:
    uid, token = urlsafe_base64_encode(force_bytes(alice.pk)), default_token_generator.make_token(alice)
    link = reverse("password_reset_confirm", args=[uid, token])
    form_address = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form_address, {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD})
    assert sign_in(client, password=NEW_PASSWORD) == 302
    assert "This link has expired" in Client().get(link, follow=True).content.decode()


def test_the_admin_uses_the_same_sign_in_page(client: Client, alice: User) -> None:
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith(reverse("login"))
    client.force_login(alice)  # not an admin
    assert client.get("/admin/", follow=True).status_code == 404
