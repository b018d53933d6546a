"""Limits on guessing passwords and codes, and who can still sign in meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from rooms.models import User
from rooms.people import guess_throttle
from rooms.people.guess_throttle import (
    PER_ACCOUNT,
    PER_ACCOUNT_AND_NETWORK,
    PER_DEVICE,
    PER_NETWORK,
    GuessThrottle,
    sign_in_throttle,
)

pytestmark = pytest.mark.django_db
PASSWORD = "a-good-password"
NEW_PASSWORD = "another-good-one"
REDIS = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "KEY_PREFIX": "throttle-tests"}


@pytest.fixture(autouse=True)
def nobody_is_throttled(settings: Settings) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.SETUP_CODE = ""
    cache.clear()
    guess_throttle._local_cache.clear()


@pytest.fixture
def bob() -> User:
    return User.objects.create_user("bob", password=PASSWORD)


def page(
    password: str = PASSWORD, name: str = "bob", address: str = "198.51.100.1", client: Client | None = None
) -> int:
    form = {"username": name, "password": password}
    return (client or Client()).post(reverse("login"), form, REMOTE_ADDR=address).status_code


def token(password: str = PASSWORD, name: str = "bob", address: str = "198.51.100.1") -> int:
    body = {"username": name, "password": password}
    return Client().post(reverse("api:api_token"), body, "application/json", REMOTE_ADDR=address).status_code


def guess(name: str = "bob", address: str = "198.51.100.1", *, right: bool = False) -> bool:
    """Make a guess and return whether it was checked. It is wrong by default."""
    one = sign_in_throttle(RequestFactory().post("/", REMOTE_ADDR=address), name)
    acquired = one.acquire()
    if acquired:
        one.succeed() if right else one.fail()
    return acquired


def guess_from_everywhere(name: str = "bob") -> None:
    """Use up the account's limit for strangers from many addresses."""
    for number in range(PER_ACCOUNT):
        assert guess(name, f"203.0.113.{number // PER_ACCOUNT_AND_NETWORK}")


@pytest.mark.parametrize("sign_in", [page, token])
def test_only_wrong_passwords_count(bob: User, sign_in: Callable[..., int]) -> None:
    assert {sign_in() for _ in range(PER_ACCOUNT_AND_NETWORK + 1)} <= {200, 302}
    assert {sign_in("wrong") for _ in range(PER_ACCOUNT_AND_NETWORK)} <= {200, 401}
    assert sign_in() == 429
    assert sign_in(address="198.51.100.2") in {200, 302}


def test_guessing_from_one_address_locks_nobody_out_elsewhere(bob: User) -> None:
    assert [guess() for _ in range(PER_ACCOUNT + 5)].count(True) == PER_ACCOUNT_AND_NETWORK
    assert guess(address="198.51.100.2", right=True)


def test_correct_passwords_are_never_limited(bob: User) -> None:
    assert all(guess(right=True) for _ in range(PER_ACCOUNT + 5))


def test_wrong_passwords_for_many_accounts_from_one_address_are_limited(bob: User) -> None:
    answers = [guess(f"person-{number}") for number in range(PER_NETWORK + 9)]
    assert answers.count(True) == PER_NETWORK
    assert not guess(right=True)
    assert guess(address="198.51.100.2")


@pytest.mark.parametrize("name", [" BOB", "ｂｏｂ", "𝐛𝗼b"])
def test_every_spelling_of_a_user_name_counts_for_the_same_account(bob: User, name: str) -> None:
    for number in range(PER_ACCOUNT_AND_NETWORK):
        assert guess(name if number % 2 else "bob")
    assert not guess(name)
    assert not guess()


def test_spaces_and_case_do_not_matter_in_unknown_user_names(bob: User) -> None:
    for number in range(PER_ACCOUNT_AND_NETWORK):
        assert guess(" " * number + "Nobody")
    assert not guess("nobody ")


@pytest.mark.parametrize("name", ["", "a\0b", "\ud800", "x" * 10_000])
def test_invalid_user_names_are_counted_too(name: str) -> None:
    assert [guess(name) for _ in range(PER_ACCOUNT_AND_NETWORK + 1)].count(True) == PER_ACCOUNT_AND_NETWORK


def test_an_ipv6_network_counts_as_one_address(bob: User) -> None:
    for number in range(PER_ACCOUNT_AND_NETWORK):
        assert guess(address=f"2001:db8::{number:x}")
    assert not guess(address="2001:db8::ffff")
    assert guess(address="2001:db8:0:1::1")


def test_guesses_from_many_addresses_are_limited_except_for_known_devices(bob: User) -> None:
    home = Client()
    assert page(client=home) == 302
    home.post(reverse("logout"))
    guess_from_everywhere()
    assert page(address="192.0.2.1") == 429
    assert page(address="192.0.2.1", client=home) == 302


def test_a_known_device_has_its_own_limit_for_one_account(bob: User) -> None:
    home, carol = Client(), User.objects.create_user("carol", password=PASSWORD)
    page(client=home)
    home.post(reverse("logout"))
    cookie = home.cookies[f"device-{bob.pk}"]
    assert cookie["httponly"]
    for number in range(PER_DEVICE):
        assert page("wrong", address=f"192.0.2.{number}", client=home) == 200
    assert page(address="192.0.2.99", client=home) == 429
    assert page(address="192.0.2.99") == 302  # from elsewhere it still works
    home.cookies[f"device-{carol.pk}"] = cookie.value
    guess_from_everywhere("carol")
    assert page(name="carol", address="192.0.2.1", client=home) == 429


def test_a_password_change_forgets_all_other_known_devices(bob: User) -> None:
    home, work = Client(), Client()
    page(client=home)
    page(client=work)
    form = {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    assert work.post(reverse("password_change"), form).status_code == 302
    for client in (home, work):
        client.post(reverse("logout"))
    guess_from_everywhere()
    assert page(NEW_PASSWORD, address="192.0.2.1", client=home) == 429
    assert page(NEW_PASSWORD, address="192.0.2.1", client=work) == 302


def test_guessing_the_password_in_a_signed_in_browser_is_limited(client: Client, bob: User) -> None:
    client.force_login(bob)
    form = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    change = reverse("password_change")
    answers = [client.post(change, form | {"old_password": "wrong"}).status_code for _ in range(9)]
    assert answers == [200] * PER_ACCOUNT_AND_NETWORK + [429]
    assert client.post(change, form | {"old_password": PASSWORD}).status_code == 429


def test_only_wrong_setup_codes_count(client: Client, settings: Settings) -> None:
    settings.SETUP_CODE = "open-sesame"
    form = {"username": "alice", "password1": PASSWORD, "password2": PASSWORD}
    for _ in range(PER_ACCOUNT_AND_NETWORK + 1):  # the passwords differ: the code is not checked
        client.post(reverse("setup"), form | {"code": "x", "password2": NEW_PASSWORD})
    for _ in range(PER_ACCOUNT_AND_NETWORK):
        assert client.post(reverse("setup"), form | {"code": "x"}).status_code == 200
    assert client.post(reverse("setup"), form | {"code": "open-sesame"}).status_code == 429


@pytest.mark.parametrize("shared", [True, False])
def test_concurrent_guesses_are_limited_like_sequential_ones(settings: Settings, shared: bool) -> None:
    if shared:
        settings.CACHES = {"default": {**REDIS, "LOCATION": settings.REDIS_URLS[0]}}
        cache.clear()
    request = RequestFactory().post("/", REMOTE_ADDR="198.51.100.1")
    ready, looked_at = threading.Barrier(24), []

    def try_it(_: int) -> None:
        ready.wait()
        one = GuessThrottle(request, "id:1")
        if one.acquire():
            looked_at.append(one)
            one.fail()

    with ThreadPoolExecutor(24) as pool:
        list(pool.map(try_it, range(24)))
    assert len(looked_at) == PER_ACCOUNT_AND_NETWORK
    cache.clear()


def test_concurrent_sign_ins_wait_for_each_other() -> None:
    request = RequestFactory().post("/", REMOTE_ADDR="198.51.100.1")
    ready = threading.Barrier(12)

    def sign_in(number: int) -> bool:
        ready.wait()
        one = GuessThrottle(request, "id:1")
        acquired = one.acquire()
        if acquired:
            one.succeed()
        return acquired

    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(sign_in, range(12)))
