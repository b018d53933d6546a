"""The pages for two-step sign-in, and for where one is signed in."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from rooms.models import User, UserSession
from rooms.people import guess_throttle
from rooms.selectors.two_step import factors_of
from rooms.selectors.user_sessions import user_sessions_of
from rooms.services import user_sessions
from rooms.services.security_mails import security_mails_send
from rooms.services.two_step import code_use, two_step_reset
from rooms.tests.support.pages import signed_in
from rooms.tests.support.second_factors import App, Device, options_of

pytestmark = pytest.mark.django_db
PASSWORD = "a-good-password"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
Type = Authenticator.Type


@pytest.fixture(autouse=True)
def _fresh(settings: Settings) -> None:
    cache.clear()
    guess_throttle._local_cache.clear()
    user_sessions._noted.clear()
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann", email="ann@example.org", password=PASSWORD)


def visitor(user: User, **fields: Any) -> Client:
    """A browser at http://localhost in which a user is signed in and has confirmed who they are."""
    client = Client(SERVER_NAME="localhost", **fields)
    client.post("/accounts/login/", {"username": user.username, "password": PASSWORD})
    return client


def secret_on(page: str) -> str:
    found = re.search(r'id="key"\s+value="([A-Z2-7 ]+)"', page)
    assert found is not None
    return found[1].replace(" ", "")


def codes_on(page: str) -> list[str]:
    return re.findall(r"\b\d{4}-\d{4}-\d{4}\b", page)


def set_up(client: Client, user: User) -> tuple[App, Any]:
    """Set an app up through the page. Return it and the answer."""
    app = App.__new__(App)
    app.user, app.secret, app._next = user, secret_on(client.get(reverse("app_add")).content.decode()), 0
    answer = client.post(reverse("app_add"), {"code": app.code(-1)})
    return app, answer


def test_an_app_is_set_up_with_its_first_code_and_gives_recovery_codes_once(ann: User) -> None:
    client, other = visitor(ann), visitor(ann)
    page = client.get(reverse("app_add")).content.decode()
    assert "<svg" in page
    assert secret_on(page) == secret_on(client.get(reverse("app_add")).content.decode())  # a reload changes nothing
    assert client.post(reverse("app_add"), {"code": "12"}).status_code == 400
    app, answer = set_up(client, ann)
    codes = codes_on(answer.content.decode())
    assert len(set(codes)) == 10
    assert client.get("/").status_code == 200  # this browser stays signed in
    assert other.get("/").status_code == 302  # others sign in again, with the code
    assert not codes_on(client.get(reverse("security")).content.decode())
    code_use(user=ann, code=app.code())
    code_use(user=ann, code=codes[0])
    assert factors_of(ann).codes_left == 9


def test_what_the_app_and_the_codes_are_made_of_is_not_in_the_database_in_clear(ann: User) -> None:
    client = visitor(ann)
    secret = secret_on(client.get(reverse("app_add")).content.decode())
    session = Session.objects.get(pk=client.session.session_key)
    assert secret not in str(session.get_decoded())
    app, answer = set_up(client, ann)
    stored = str(list(Authenticator.objects.values()) + [row.get_decoded() for row in Session.objects.all()])
    assert app.secret == secret
    assert secret not in stored
    for code in codes_on(answer.content.decode()):
        assert code not in stored
        assert code.replace("-", "") not in stored


def test_changes_need_a_recent_password_or_second_factor(ann: User) -> None:
    client = signed_in(ann)
    changes = ["app_add", "passkey_add"]
    posts = ["app_remove", "recovery_codes_create"]
    for name in changes:
        assert client.get(reverse(name))["Location"].startswith(reverse("confirm"))
    for name in posts:
        assert client.post(reverse(name))["Location"] == f"{reverse('confirm')}?next={reverse('security')}"
    assert client.post(reverse("confirm"), {"password": "wrong"}).status_code == 400
    assert client.get(reverse("app_add")).status_code == 302
    answer = client.post(reverse("confirm"), {"password": PASSWORD, "next": reverse("app_add")})
    assert answer["Location"] == reverse("app_add")
    assert client.get(reverse("app_add")).status_code == 200
    session = client.session
    session["account_authentication_methods"][-1]["at"] = time.time() - 601
    session.save()
    assert client.get(reverse("app_add")).status_code == 302


def test_with_two_step_sign_in_the_password_confirms_nothing(ann: User) -> None:
    app = App(ann)
    client = signed_in(ann)
    client.post(reverse("confirm"), {"password": PASSWORD})
    assert client.post(reverse("app_remove"))["Location"].startswith(reverse("confirm"))
    assert factors_of(ann).app is not None
    assert client.post(reverse("confirm"), {"code": app.code()}).status_code == 302
    assert client.post(reverse("app_remove"))["Location"] == reverse("security")
    assert factors_of(ann).app is None


def test_confirming_leads_nowhere_else(ann: User) -> None:
    client = signed_in(ann)
    answer = client.post(reverse("confirm"), {"password": PASSWORD, "next": "https://evil.example/"})
    assert answer["Location"] == reverse("security")


def test_turning_it_off_removes_the_recovery_codes_and_ends_other_sign_ins(ann: User) -> None:
    client = visitor(ann)
    set_up(client, ann)
    ann.refresh_from_db()
    other = signed_in(ann)
    client.post(reverse("app_remove"))
    assert not Authenticator.objects.exists()
    assert client.get("/").status_code == 200
    assert other.get("/").status_code == 302


def test_the_last_factor_can_not_be_removed_where_one_is_required(ann: User, settings: Settings) -> None:
    settings.REQUIRE_TWO_STEP = "all"
    client = visitor(ann)
    set_up(client, ann)
    page = client.post(reverse("app_remove"), follow=True).content.decode()
    assert "requires two-step sign-in" in page
    assert factors_of(ann).app is not None


def test_new_recovery_codes_replace_the_old_ones(ann: User) -> None:
    app, client = App(ann), signed_in(ann)
    client.post(reverse("confirm"), {"code": app.code()})
    codes = codes_on(client.post(reverse("recovery_codes_create")).content.decode())
    assert not set(codes) & set(app.recovery_codes)
    assert client.post(reverse("confirm"), {"code": app.recovery_codes[0]}).status_code == 400
    assert client.post(reverse("confirm"), {"code": codes[0]}).status_code == 302


def test_people_are_told_by_mail(ann: User, settings: Settings) -> None:
    settings.EMAIL_CONFIGURED = True
    settings.PUBLIC_URL = "https://chat.example.org"
    client, device = visitor(ann), Device()
    set_up(client, ann)
    client.post(
        reverse("passkey_add"), {"name": "Key", "credential": device.create(options_of(client, reverse("passkey_add")))}
    )
    client.post(reverse("recovery_codes_create"))
    client.post(reverse("app_remove"))
    two_step_reset(user=ann)
    security_mails_send()
    texts = [message.body for message in mail.outbox]
    assert len(texts) == 5
    signs = [
        "app was added",
        "passkey “Key” was added",
        "new recovery codes",
        "app was removed",
        "an admin has turned off",
    ]
    assert [sign in text for sign, text in zip(signs, texts, strict=True)] == [True] * 5
    assert all(message.to == ["ann@example.org"] for message in mail.outbox)
    assert "https://chat.example.org/accounts/security/" in texts[0]


def test_using_a_recovery_code_is_told_by_mail(ann: User, settings: Settings) -> None:
    settings.EMAIL_CONFIGURED = True
    settings.PUBLIC_URL = "https://chat.example.org"
    app = App(ann)
    code_use(user=ann, code=app.recovery_codes[0])
    security_mails_send()
    assert ["recovery code" in message.subject for message in mail.outbox] == [False, True]


# --- Passkeys --------------------------------------------------------------------------------------------------------


def add_passkey(client: Client, name: str = "Laptop") -> Device:
    device = Device()
    answer = device.create(options_of(client, reverse("passkey_add")))
    assert client.post(reverse("passkey_add"), {"name": name, "credential": answer}).status_code in {200, 302}
    return device


def test_a_passkey_signs_in_by_itself(ann: User) -> None:
    client = visitor(ann)
    device = add_passkey(client)
    ann.refresh_from_db()
    assert ann.two_step_since is not None
    stranger = Client(SERVER_NAME="localhost")
    assert "Sign in with a passkey" in stranger.get("/accounts/login/").content.decode()
    answer = device.use(options_of(stranger, reverse("passkey_sign_in")))
    form = {"credential": answer, "next": "/saved/"}
    assert stranger.post(reverse("passkey_sign_in"), form)["Location"] == "/saved/"
    assert stranger.get("/").status_code == 200
    other = Client(SERVER_NAME="localhost")
    assert other.post(reverse("passkey_sign_in"), form)["Location"].startswith("/accounts/login/")  # used already


def test_a_passkey_is_a_second_step_after_the_password(ann: User) -> None:
    device = add_passkey(visitor(ann))
    client = visitor(ann)
    assert client.get("/").status_code == 302
    credential = device.use(options_of(client, reverse("second_factor")))
    assert client.post(reverse("second_factor"), {"credential": credential}).status_code == 302
    assert client.get("/").status_code == 200


def refused_passkeys() -> list[Any]:
    from fido2.webauthn import AuthenticatorData

    def of_another_site(device: Device, options: Any) -> str:
        device.origin = "https://evil.example"
        return device.use(options)

    def without_verification(device: Device, options: Any) -> str:
        return device.use(options, flags=AuthenticatorData.FLAG.UP)

    def of_another_key(device: Device, options: Any) -> str:
        device.key = Device().key
        return device.use(options)

    def unknown(device: Device, options: Any) -> str:
        device.id = b"unknown"
        return device.use(options)

    def nobodys(device: Device, options: Any) -> str:
        device.user_handle = b"4711"
        return device.use(options)

    def other_challenge(device: Device, options: Any) -> str:
        options["publicKey"]["challenge"] = "AAAA"
        return device.use(options)

    malformed = ["", "x", "[]", "{}", '{"id": 1}', "null", '{"response": {}}', "[" * 100_000]
    return [of_another_site, without_verification, of_another_key, unknown, nobodys, other_challenge] + [
        lambda device, options, text=text: text for text in malformed
    ]


@pytest.mark.parametrize("answer", refused_passkeys())
def test_other_answers_than_the_passkeys_are_refused(ann: User, answer: Any) -> None:
    device = add_passkey(visitor(ann))
    stranger = Client(SERVER_NAME="localhost")
    credential = answer(device, options_of(stranger, reverse("passkey_sign_in")))
    response = stranger.post(reverse("passkey_sign_in"), {"credential": credential}, follow=True)
    assert "not accepted" in response.content.decode()
    assert stranger.get("/").status_code == 302


def test_the_passkey_of_a_deactivated_account_is_refused(ann: User) -> None:
    device = add_passkey(visitor(ann))
    User.objects.filter(pk=ann.pk).update(is_active=False)
    stranger = Client(SERVER_NAME="localhost")
    credential = device.use(options_of(stranger, reverse("passkey_sign_in")))
    stranger.post(reverse("passkey_sign_in"), {"credential": credential})
    assert stranger.get("/").status_code == 302


def test_passkeys_are_renamed_and_removed_by_their_owner(ann: User) -> None:
    client = visitor(ann)
    add_passkey(client, "Laptop")
    passkey = factors_of(ann).passkeys[0]
    ben = User.objects.create_user("ben", password=PASSWORD)
    stranger = visitor(ben)
    stranger.post(reverse("passkey_rename", args=[passkey.pk]), {"name": "Mine"})
    stranger.post(reverse("passkey_remove", args=[passkey.pk]))
    assert factors_of(ann).passkeys[0].data["name"] == "Laptop"
    assert client.post(reverse("passkey_rename", args=[passkey.pk]), {"name": " "}).status_code == 400
    client.post(reverse("passkey_rename", args=[passkey.pk]), {"name": "Phone"})
    assert "Phone" in client.get(reverse("security")).content.decode()
    client.post(reverse("passkey_remove", args=[passkey.pk]))
    assert not Authenticator.objects.exists()


# --- Where one is signed in ------------------------------------------------------------------------------------------


def test_the_page_lists_where_one_is_signed_in(ann: User) -> None:
    visitor(ann, HTTP_USER_AGENT=FIREFOX, REMOTE_ADDR="192.0.2.7")
    page = visitor(ann).get(reverse("security")).content.decode()
    assert "Firefox on Linux" in page
    assert "192.0.2.7" in page
    assert page.count("This device") == 1


def test_one_is_signed_out_elsewhere_one_by_one_or_everywhere(ann: User) -> None:
    client, other, third = visitor(ann), visitor(ann), visitor(ann)
    row = UserSession.objects.get(session_key=other.session.session_key)
    client.post(reverse("session_end", args=[row.pk]))
    assert (other.get("/").status_code, third.get("/").status_code) == (302, 200)
    fourth = visitor(ann)
    client.post(reverse("sessions_end_others"))
    assert (third.get("/").status_code, fourth.get("/").status_code, client.get("/").status_code) == (302, 302, 200)


def test_nobody_ends_anothers_session(ann: User) -> None:
    client = visitor(ann)
    row = UserSession.objects.get()
    ben = User.objects.create_user("ben", password=PASSWORD)
    page = visitor(ben).post(reverse("session_end", args=[row.pk]), follow=True).content.decode()
    assert "not signed in there any more" in page
    assert client.get("/").status_code == 200


def test_sessions_whose_password_has_changed_or_that_expired_are_not_listed(ann: User) -> None:
    client, other = visitor(ann), visitor(ann)
    assert len(user_sessions_of(ann)) == 2
    form = {"old_password": PASSWORD, "new_password1": "another-good-one", "new_password2": "another-good-one"}
    assert client.post(reverse("password_change"), form).status_code == 302
    ann.refresh_from_db()
    client.get("/")  # its session has another key now
    assert [row.session_key for row in user_sessions_of(ann)] == [client.session.session_key]
    assert UserSession.objects.filter(session_key=other.session.session_key).exists()


def test_a_session_from_before_the_list_existed_appears_when_it_is_used(ann: User) -> None:
    client = visitor(ann)
    UserSession.objects.all().delete()
    user_sessions._noted.clear()
    client.get("/")
    assert len(user_sessions_of(ann)) == 1


def test_what_is_over_is_cleaned_up(ann: User) -> None:
    from datetime import timedelta

    from django.utils import timezone

    visitor(ann)
    gone = timezone.now() - timedelta(days=1)
    Session.objects.update(expire_date=gone)
    UserSession.objects.update(seen_at=gone)
    kept = visitor(ann)
    user_sessions.sessions_clean()
    assert Session.objects.get().session_key == UserSession.objects.get().session_key == kept.session.session_key


def test_sessions_are_listed_and_ended_over_rest(ann: User) -> None:
    client, other = visitor(ann, HTTP_USER_AGENT=FIREFOX), visitor(ann)
    listed = client.get("/api/me/sessions/").json()
    assert [(one["device"], one["current"]) for one in listed].count(("Firefox on Linux", True)) == 1
    ended = next(one["id"] for one in listed if not one["current"])
    token = {"X-CSRFToken": client.cookies["csrftoken"].value} if "csrftoken" in client.cookies else {}
    assert client.delete(f"/api/me/sessions/{ended}/", headers=token).status_code == 204
    assert client.delete(f"/api/me/sessions/{ended}/", headers=token).status_code == 404
    assert other.get("/").status_code == 302
