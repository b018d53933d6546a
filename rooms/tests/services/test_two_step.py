"""Two-step sign-in: rules that no page shows, and what several processes do at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from allauth.mfa.models import Authenticator
from django.db import connections
from django.test import override_settings

from rooms.errors import Conflict, InvalidField, NotFound
from rooms.models import User
from rooms.people.jwt import new_refresh_token
from rooms.people.socket_identity import find_expired, from_jwt, from_session
from rooms.selectors.two_step import factors_of
from rooms.services.two_step import (
    MAX_PASSKEYS,
    app_add,
    app_remove,
    code_use,
    new_app_secret,
    passkey_add,
    passkey_remove,
    recovery_codes_create,
    two_step_reset,
)
from rooms.tests.support.pages import person, signed_in
from rooms.tests.support.second_factors import App

pytestmark = pytest.mark.django_db


def accepted(user: User, code: str) -> bool:
    try:
        code_use(user=user, code=code)
    except InvalidField:
        return False
    return True


def accepted_in_thread(user: User, code: str) -> bool:
    try:
        return accepted(user, code)
    finally:
        connections.close_all()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_a_code_given_to_many_at_once_counts_once(kind: str) -> None:
    user = person("ann")
    app = App(user)
    code = app.code() if kind == "app" else app.recovery_codes[0]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: accepted_in_thread(user, code), range(8)))
    assert sorted(answers) == [False] * 7 + [True]


def test_an_earlier_code_does_not_count_after_a_later_one() -> None:
    user = person("ann")
    app = App(user)
    assert accepted(user, app.code(1))
    assert not accepted(user, app.code(0))


def test_codes_of_long_ago_and_later_do_not_count() -> None:
    user = person("ann")
    app = App(user)
    app.forget_use()
    assert not accepted(user, app.code(-3))
    assert not accepted(user, app.code(3))
    assert accepted(user, app.code(-1))


@pytest.mark.parametrize("code", ["", " ", "12345", "1234567", "①②③④⑤⑥", "\ud800", "0" * 64])
def test_what_is_no_code_is_refused(code: str) -> None:
    user = person("ann")
    App(user)
    assert not accepted(user, code)


def test_codes_may_be_typed_with_spaces_and_hyphens() -> None:
    user = person("ann")
    app = App(user)
    code = app.code()
    assert accepted(user, f" {code[:3]} {code[3:]} ")
    assert accepted(user, app.recovery_codes[0].replace("-", ""))


def test_another_accounts_codes_do_not_count() -> None:
    ann, ben = person("ann"), person("ben")
    App(ann)
    app = App(ben)
    assert not accepted(ann, app.code())
    assert not accepted(ann, app.recovery_codes[0])


def test_with_another_secret_key_codes_are_refused_and_a_reset_helps() -> None:
    user = person("ann")
    app = App(user)
    with override_settings(SECRET_KEY="y" * 60):
        assert not accepted(user, app.code())
        two_step_reset(user=user)
    assert user.two_step_since is None


def test_there_is_one_app_and_there_are_not_too_many_passkeys() -> None:
    user = person("ann")
    app = App(user)
    with pytest.raises(Conflict):
        app_add(user=user, secret=app.secret, code=app.code())
    for number in range(MAX_PASSKEYS):
        passkey_add(user=user, name=str(number), credential={})
    with pytest.raises(Conflict):
        passkey_add(user=user, name="more", credential={})


def test_without_factors_there_is_nothing_to_change() -> None:
    user = person("ann")
    for call in (lambda: app_remove(user=user), lambda: passkey_remove(user=user, passkey_id=1)):
        with pytest.raises(NotFound):
            call()
    with pytest.raises(Conflict):
        recovery_codes_create(user=user)
    with pytest.raises(InvalidField):
        app_add(user=user, secret=new_app_secret(), code="000000")
    assert not two_step_reset(user=user)
    assert not Authenticator.objects.exists()


def test_a_second_factor_more_gives_no_new_codes_and_ends_nothing() -> None:
    user = person("ann")
    App(user)
    version = user.sign_in_version
    assert passkey_add(user=user, name="key", credential={}) == []
    passkey_remove(user=user, passkey_id=factors_of(user).passkeys[0].pk)
    assert user.sign_in_version == version


def test_sockets_from_before_end_and_those_of_the_session_that_set_it_up_stay() -> None:
    user = person("ann")
    here, there = signed_in(user), signed_in(user)
    mine = from_session(here.cookies["sessionid"].value)
    others = from_session(there.cookies["sessionid"].value)
    program = from_jwt(str(new_refresh_token(user).access_token))
    assert mine
    assert others
    assert program
    App(user)
    session = here.session
    session["_auth_user_hash"] = user.get_session_auth_hash()  # as the page does
    session.save()
    assert find_expired([mine, others, program]) == [others, program]


def test_who_becomes_staff_must_set_it_up() -> None:
    user = person("ann")
    browser = from_session(signed_in(user).cookies["sessionid"].value)
    assert browser
    with override_settings(REQUIRE_TWO_STEP="staff"):
        assert find_expired([browser]) == []
        User.objects.update(is_staff=True)
        assert find_expired([browser]) == [browser]
