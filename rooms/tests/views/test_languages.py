"""The language in which people are answered."""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language, gettext, override

from rooms.models import User
from rooms.people.languages import language_of
from rooms.tests.support.pages import signed_in
from rooms.views.forms import ResetForm

pytestmark = pytest.mark.django_db
GERMAN = {"Accept-Language": "de-CH, fr;q=0.5"}


def page_language(client: Client, **headers: str) -> str:
    """Return the language of the profile page, or of the sign-in page for visitors."""
    response = client.get("/accounts/profile/", headers=headers, follow=True)
    page = response.content.decode()
    return page.split('lang="', 1)[1].split('"', 1)[0]


def test_visitors_and_those_who_have_not_chosen_are_answered_in_the_language_of_their_browser(alice: User) -> None:
    for client in (Client(), signed_in(alice)):
        assert page_language(client) == "en"
        assert page_language(client, **GERMAN) == "de"
        assert page_language(client, **{"Accept-Language": "tlh"}) == "en"
        assert "Accept-Language" in client.get("/accounts/profile/")["Vary"]


def test_a_chosen_language_comes_before_that_of_the_browser(alice: User, bob: User) -> None:
    client = signed_in(alice)
    answer = client.post("/accounts/profile/", {"display_name": "", "time_zone": "", "language": "ar"})
    assert answer.status_code == 302
    page = client.get("/accounts/profile/", headers=GERMAN).content.decode()
    assert 'lang="ar"' in page
    assert 'dir="rtl"' in page
    assert '<script src="/static/i18n/ar.js" defer>' in page
    assert page_language(signed_in(bob), **GERMAN) == "de"
    assert get_language() == settings.LANGUAGE_CODE  # not left behind in this thread


def test_a_language_that_does_not_exist_is_refused_and_one_that_was_taken_away_ignored(alice: User) -> None:
    client = signed_in(alice)
    assert client.post("/accounts/profile/", {"language": "xx"}).status_code == 400
    refused = client.patch("/api/me/", {"language": "xx"}, content_type="application/json")
    assert refused.status_code == 400
    assert refused.json()["code"] == "invalid_field"
    User.objects.filter(pk=alice.pk).update(language="xx")
    assert page_language(client, **GERMAN) == "de"
    alice.refresh_from_db()
    assert language_of(alice) == "en"


def test_the_api_sets_the_language(alice: User) -> None:
    client = signed_in(alice)
    assert client.patch("/api/me/", {"language": "de"}, content_type="application/json").json()["language"] == "de"
    alice.refresh_from_db()
    assert language_of(alice) == "de"


def test_a_new_account_keeps_the_language_in_which_it_was_created(alice: User) -> None:
    for name, headers, language in (("carl", GERMAN, "de"), ("dora", {"Accept-Language": "en-GB"}, "")):
        fields = {"username": name, "password1": "a-good-password", "password2": "a-good-password"}
        assert Client().post("/accounts/signup/", fields, headers=headers).status_code == 302
        assert User.objects.get(username=name).language == language


def test_errors_are_in_the_language_of_the_user_or_of_the_request(alice: User, bob: User) -> None:
    User.objects.filter(pk=alice.pk).update(language="de")
    answers = [
        client.get("/api/rooms/nowhere/messages/", headers=headers).json()["detail"]
        for client, headers in ((signed_in(alice), {}), (signed_in(bob), GERMAN), (signed_in(bob), {}))
    ]
    with override("de"):
        german = gettext("Room not found.")
    assert answers == [german, german, "Room not found."]


def test_dates_and_numbers_have_the_form_of_their_language() -> None:
    moment = datetime(2026, 11, 5, 15, 25, tzinfo=UTC)
    with override("ar"):
        assert date_format(moment, "DATETIME_FORMAT") == "5 نوفمبر 2026، 3:25 م"
        assert date_format(moment, "SHORT_DATETIME_FORMAT") == "5\u200f/11\u200f/2026، 3:25 م"
        assert number_format(1.5) == "1.5"
    with override("de"):
        assert date_format(moment, "DATETIME_FORMAT") == "5. November 2026 15:25"
        assert number_format(1.5) == "1,5"


def test_an_address_is_asked_for_by_its_name() -> None:
    with override("de"):
        assert ResetForm()["email"].label == "E-Mail-Adresse"  # "Email" is that of "Email: daily" here


def test_a_short_password_is_refused_in_every_language() -> None:
    for language, words in (("en", "Use at least 8 characters."), ("de", "mindestens 8 Zeichen"), ("ar", "8 أحرف")):
        with override(language), pytest.raises(ValidationError) as refused:
            validate_password("xq7")
        assert words in refused.value.messages[0]
