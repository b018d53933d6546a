"""Every way in minds the second factor and REQUIRE_TWO_STEP. Sockets are in sockets/test_two_step.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
from rooms.people.jwt import new_refresh_token
from rooms.selectors.invite_links import invite_token
from rooms.services.invite_links import invite_link_create
from rooms.services.tokens import token_create
from rooms.tests.support.pages import signed_in
from rooms.tests.support.second_factors import App

pytestmark = pytest.mark.django_db
PASSWORD = "a-good-password"
SECURITY = "/accounts/security/"


@pytest.fixture(autouse=True)
def _fresh_counts() -> None:
    cache.clear()
    guess_throttle._local_cache.clear()


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann", email="ann@example.org", password=PASSWORD, is_staff=True)


def problem(response: Any) -> tuple[int, str]:
    """The status and the code of an API response."""
    return response.status_code, response.json().get("code", "")


def bearer(token: object) -> Callable[[], tuple[int, str]]:
    return lambda: problem(Client().get("/api/me/", headers={"Authorization": f"Bearer {token}"}))


def ask_token(code: str | None = None) -> Any:
    body = {"username": "ann", "password": PASSWORD} | ({} if code is None else {"code": code})
    return Client().post("/api/token/", body, content_type="application/json")


def give_password(client: Client, **form: str) -> Any:
    return client.post("/accounts/login/", {"username": "ann", "password": PASSWORD} | form)


def sign_in(code: str) -> Any:
    """The answer of the page that asks for the code."""
    client = Client()
    assert give_password(client)["Location"] == reverse("second_factor")
    return client.post(reverse("second_factor"), {"code": code})


# --- Nobody without a second factor does anything under the policy ---------------------------------------------------

REQUIRED = (403, "two_step_required")


def everything(ann: User) -> dict[str, Callable[[], Any]]:
    """All doors for a user who signed in before the policy, or knows only the password now."""
    refresh, (_, secret), session = new_refresh_token(ann), token_create(user=ann, name="bot"), signed_in(ann)

    def password_page() -> str:
        client = Client()
        give_password(client)
        return str(client.get("/")["Location"])

    def reset_page() -> str:
        client, uid = Client(), urlsafe_base64_encode(force_bytes(ann.pk))
        token = default_token_generator.make_token(User.objects.get(pk=ann.pk))
        page = client.get(reverse("password_reset_confirm", args=[uid, token]))
        client.post(page["Location"], {"new_password1": PASSWORD, "new_password2": PASSWORD})
        give_password(client)
        return str(client.get("/")["Location"])

    def invite_sign_up() -> str:
        link = invite_token(invite_link_create(by=User.objects.create_superuser("root"), room=None))
        form = {"username": "new", "password1": PASSWORD, "password2": PASSWORD, "display_name": ""}
        client = Client()
        client.post(reverse("invite_signup", args=[link]), form)
        User.objects.filter(username="new").update(is_staff=True)
        return str(client.get("/")["Location"])

    return {
        "page": password_page,
        "session from before": lambda: session.get("/rooms/")["Location"],
        "a post with it": lambda: session.post("/accounts/tokens/", {"name": "x"})["Location"],
        "a script with it": lambda: problem(session.get("/emoji.json", headers={"Accept": "application/json"})),
        "the admin": lambda: session.get("/admin/")["Location"],
        "session on REST": lambda: problem(session.get("/api/me/")),
        "token/": lambda: problem(ask_token()),
        "token/refresh/": lambda: problem(
            Client().post("/api/token/refresh/", {"refresh": str(refresh)}, content_type="application/json")
        ),
        "JSON Web Token": bearer(refresh.access_token),
        "personal access token": bearer(secret),
        "password reset": reset_page,
        "invite link": invite_sign_up,
    }


@pytest.mark.parametrize("policy", ["staff", "all"])
def test_under_the_policy_no_door_opens_without_a_second_factor(ann: User, settings: Settings, policy: str) -> None:
    doors = everything(ann)
    settings.REQUIRE_TWO_STEP = policy
    answers = {name: door() for name, door in doors.items()}
    assert answers == {name: SECURITY if isinstance(answer, str) else REQUIRED for name, answer in answers.items()}


def test_the_policy_for_staff_leaves_others_alone(ann: User, settings: Settings) -> None:
    User.objects.filter(pk=ann.pk).update(is_staff=False)
    settings.REQUIRE_TWO_STEP = "staff"
    assert ask_token().status_code == 200
    assert signed_in(ann).get("/").status_code == 200


def test_who_must_set_it_up_can_do_that_and_leave(ann: User, settings: Settings) -> None:
    settings.REQUIRE_TWO_STEP = "all"
    client = Client()
    give_password(client)
    assert "requires two-step sign-in" in client.get(SECURITY).content.decode()
    assert client.get(reverse("app_add")).status_code == 200  # the password was given just now
    assert client.get(reverse("passkey_add")).status_code == 200
    assert client.post(reverse("logout")).status_code == 302
    assert "sessionid" not in client.cookies or not client.cookies["sessionid"].value


# --- With a second factor, the password alone opens no door -----------------------------------------------------------


def test_the_password_alone_opens_nothing(ann: User) -> None:
    App(ann)
    client = Client()
    assert give_password(client, next="/saved/")["Location"] == reverse("second_factor")
    assert client.get("/")["Location"].startswith("/accounts/login/")
    assert client.get("/admin/")["Location"].startswith("/admin/login/")
    assert client.get("/api/me/").status_code == 401
    assert problem(ask_token()) == (401, "code_required")
    assert problem(ask_token(" ")) == (401, "code_required")


def test_the_code_opens_the_page_that_was_wanted(ann: User) -> None:
    app, client = App(ann), Client()
    give_password(client, next="/saved/")
    assert client.post(reverse("second_factor"), {"code": app.code()})["Location"] == "/saved/"
    assert client.get("/").status_code == 200
    assert client.get("/api/me/").status_code == 200
    assert client.get("/admin/").status_code == 200


def test_a_code_makes_tokens_that_work_and_can_be_refreshed(ann: User) -> None:
    tokens = ask_token(App(ann).code()).json()
    assert bearer(tokens["access"])()[0] == 200
    again = Client().post("/api/token/refresh/", {"refresh": tokens["refresh"]}, content_type="application/json")
    assert bearer(again.json()["access"])()[0] == 200


def page_door(code: str) -> bool:
    return bool(sign_in(code).status_code == 302)


def token_door(code: str) -> bool:
    return bool(ask_token(code).status_code == 200)


def confirm_door(code: str) -> bool:
    client = signed_in(User.objects.get(username="ann"))
    return bool(client.post(reverse("confirm"), {"code": code}).status_code == 302)


DOORS = {"page": page_door, "token/": token_door, "confirmation": confirm_door}


@pytest.mark.parametrize("first", DOORS)
@pytest.mark.parametrize("second", DOORS)
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_a_code_opens_one_door_once(ann: User, first: str, second: str, kind: str) -> None:
    app = App(ann)
    code = app.code() if kind == "app" else app.recovery_codes[3]
    assert DOORS[first](code)
    assert not DOORS[second](code)


@pytest.mark.parametrize("door", DOORS)
def test_wrong_codes_open_nothing_and_are_limited(ann: User, door: str) -> None:
    app = App(ann)
    for _ in range(guess_throttle.PER_ACCOUNT_AND_NETWORK):
        assert not DOORS[door](app.wrong_code())
    assert not DOORS[door](app.code())  # refused, not looked at
    cache.clear()
    assert DOORS[door](app.code(0))


def test_codes_of_one_account_are_limited_from_everywhere(ann: User) -> None:
    app, hour = App(ann), guess_throttle.PER_ACCOUNT_CODES
    for number in range(hour):
        body = {"username": "ann", "password": PASSWORD, "code": app.wrong_code()}
        address = f"192.0.2.{number}"
        assert Client(REMOTE_ADDR=address).post("/api/token/", body, "application/json").status_code == 401
    answer = Client(REMOTE_ADDR="198.51.100.1").post("/api/token/", body | {"code": app.code()}, "application/json")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > guess_throttle.WINDOW


# --- What was opened before ends -------------------------------------------------------------------------------------


def test_what_was_signed_in_with_the_password_only_ends_when_the_second_factor_comes(ann: User) -> None:
    session, refresh = signed_in(ann), new_refresh_token(ann)
    App(ann)
    assert session.get("/")["Location"].startswith("/accounts/login/")
    assert bearer(refresh.access_token)() == (401, "not_authenticated")
    answer = Client().post("/api/token/refresh/", {"refresh": str(refresh)}, content_type="application/json")
    assert problem(answer) == (401, "not_authenticated")


def test_an_old_personal_token_does_not_come_back_with_the_second_factor(ann: User, settings: Settings) -> None:
    _, old = token_create(user=ann, name="bot")
    App(ann)
    _, new = token_create(user=ann, name="bot")
    assert bearer(old)()[0] == bearer(new)()[0] == 200  # nothing requires more
    settings.REQUIRE_TWO_STEP = "all"
    assert bearer(old)() == REQUIRED
    assert bearer(new)()[0] == 200


def test_a_sign_in_ends_when_the_password_changes_before_the_code(ann: User) -> None:
    app, client = App(ann), Client()
    give_password(client)
    ann.set_password("another-good-one")
    ann.save()
    assert client.post(reverse("second_factor"), {"code": app.code()})["Location"] == "/accounts/login/"
    assert client.get("/")["Location"].startswith("/accounts/login/")


def test_a_sign_in_ends_when_the_account_is_deactivated_before_the_code(ann: User) -> None:
    app, client = App(ann), Client()
    give_password(client)
    User.objects.filter(pk=ann.pk).update(is_active=False)
    assert client.post(reverse("second_factor"), {"code": app.code()})["Location"] == "/accounts/login/"
    assert client.get("/")["Location"].startswith("/accounts/login/")


def test_an_invite_link_joins_only_after_the_code(ann: User) -> None:
    from rooms.services.rooms import room_create

    olga = User.objects.create_user("olga")
    room = room_create(by=olga, name="tea", kind="private")
    token = invite_token(invite_link_create(by=olga, room=room))
    app, client = App(ann), Client()
    form = {"username": "ann", "password": PASSWORD}
    assert client.post(reverse("invite_login", args=[token]), form)["Location"] == reverse("second_factor")
    assert not room.memberships.filter(user=ann).exists()
    answer = client.post(reverse("second_factor"), {"code": app.code()})
    assert answer["Location"] == reverse("invite", args=[token])
    assert client.post(reverse("invite_join", args=[token]))["Location"] == room.get_absolute_url()
